"""Begin the shipped demonstration, or find the one that was begun."""

from orion_tui.base.paths import OrionHome


def begin() -> tuple[OrionHome, str]:
    """The demonstration's own state directory and its session, submitted if there is none yet.

    Raises the error that names what is missing: git, a sandbox, a writable place.
    """
    from orion_tui.core.engine import Engine
    from orion_tui.core.session.submit import SubmitRequest
    from orion_tui.demo import home_of_demo, prepare

    home = home_of_demo()
    demo = prepare(home)
    engine = Engine.open(home)
    try:
        known = [s for s in engine.sessions(limit=200) if s.workspace == str(demo.workspace)]
        if known:
            return home, known[0].id
        request = SubmitRequest(workspace=demo.workspace, goal=demo.goal, role=demo.role, plan_file=demo.plan_file)
        return home, engine.submit(request).id
    finally:
        engine.close()
