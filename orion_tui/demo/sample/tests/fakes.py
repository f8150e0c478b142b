"""A station that answers what a test tells it to."""


class ScriptedTransport:
    """Gives its answers in turn; an exception among them is raised."""

    def __init__(self, *answers):
        self._answers = list(answers)
        self.urls = []

    def send(self, request):
        self.urls.append(request.url)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer
