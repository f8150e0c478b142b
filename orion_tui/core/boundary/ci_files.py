"""Files that a CI service runs: one list, for the gate's kinds and for what is approved by name."""

import re

_CI = re.compile(
    r"(?:.*/)?\.github/(?:workflows|actions)/.*|(?:.*/)?\.(?:gitea|forgejo)/workflows/.*|(?:.*/)?\.gitlab-ci.*"
    r"|.*\.gitlab-ci\.ya?ml|\.gitlab/ci/.*|(?:.*/)?\.(?:builds|jenkins|concourse)/.*"
    r"|(?:.*/)?\.(?:circleci|buildkite|woodpecker|teamcity|semaphore|tekton|ci|azure-pipelines|azuredevops|harness|dagger)/.*"
    r"|(?:.*/)?(?:jenkinsfile.*|azure-pipelines.*\.ya?ml|\.travis\.ya?ml|\.drone\.(?:ya?ml|star|jsonnet)"
    r"|\.cirrus\.(?:ya?ml|star)|\.woodpecker\.ya?ml|\.?appveyor\.ya?ml|bitbucket-pipelines\.ya?ml|buildspec.*\.ya?ml"
    r"|cloudbuild\.(?:ya?ml|json)|codefresh\.ya?ml|wercker\.ya?ml|\.?codeship.*|\.readthedocs\.ya?ml"
    r"|\.pre-commit-config\.ya?ml|earthfile|screwdriver\.ya?ml|\.build\.ya?ml)"
)


def is_ci_file(path: str) -> bool:
    """Whether a change of `path` (workspace-relative, folded to lower case) changes what a CI service does."""
    return _CI.fullmatch(path) is not None
