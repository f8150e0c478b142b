"""The named families of adversarial passages (GUARD-1), over folded text: lower case, Latin, nothing invisible."""

import re

_GAP = r"[\W_]+"
_FILLERS = "all|any|every|each|of|the|your|my|these|those|our|its|such|and|or|given|other"
_FILL = rf"(?:(?:{_FILLERS}|previous|prior|above|earlier|preceding|foregoing){_GAP}){{0,6}}"
_BEFORE = r"(?:previous|prior|above|earlier|preceding|foregoing|all|any)"
_ORDERS = r"(?:instructions?|prompts?|directions?|directives?|commands?|orders?|guidelines?|constraints?|restrictions?)"
_GUARDS = r"(?:role|roles|authority|aegis|security|safety|guardrails?|restrictions?|polic(?:y|ies)|permissions?)"
_CHECKS = rf"(?:security|safety){_GAP}(?:polic(?:y|ies)|rules?|checks?|restrictions?)"
_APOSTROPHE = r"[\W_]{0,3}"
# Behind what is overridden, a word that makes it a part of a program.
_NO_PART = (
    rf"(?!{_GAP}(?:headers?|names?|colou?rs?|labels?|fields?|attributes?|class(?:es)?|methods?|columns?|values?|icons?"
    r"|claims?|mappings?)\b)"
)
# Not where somebody else is said to be able to. Looking back is of fixed width, so one for each wording.
_NOT_USERS = "".join(
    rf"(?<!{who}s {may} )"
    for who in ("user", "admin", "owner", "caller", "client", "operator", "maintainer", "plugin", "subclasse")
    for may in ("can", "may", "could", "to", "cannot", "who", "must not", "should not")
)


def _family(name: str, pattern: str) -> tuple[str, re.Pattern[str]]:
    return name, re.compile(rf"(?P<cut>{pattern})")


#: Name and pattern; the group `cut` is what is removed.
FAMILIES = (
    _family(
        "ignore instructions",
        rf"\b(?:ignore|forget|skip|bypass|do{_GAP}not{_GAP}follow|don(?:{_GAP})?t{_GAP}follow)\b{_GAP}{_FILL}"
        rf"(?:{_BEFORE}{_GAP})?{_FILL}{_ORDERS}\b|\bignore{_GAP}{_FILL}(?:previous|prior|above|earlier|preceding){_GAP}"
        rf"(?:rules?|text|context|messages?)\b|\bignore{_GAP}(?:everything|all){_GAP}(?:above|before|prior|previous)\b",
    ),
    _family(
        "override authority",
        # What a program lets its users do is an honest goal: `users can override the role in the configuration`.
        rf"{_NOT_USERS}\b(?:override|overrule|circumvent)\b{_GAP}{_FILL}(?:{_GUARDS}|{_CHECKS})\b{_NO_PART}"
        rf"|\b(?:disable|turn{_GAP}off|deactivate)\b{_GAP}{_FILL}(?:authority|aegis|guardrails?)\b"
        # So is a check that is off somewhere: `disable security checks in debug builds`.
        rf"|\b(?:disable|turn{_GAP}off|deactivate)\b{_GAP}{_FILL}{_CHECKS}\b(?!{_GAP}(?:in|for|when|while|during|on|inside"
        rf"|unless|under|if)\b)",
    ),
    _family(
        "new identity",
        rf"\byou(?:{_GAP}are|{_APOSTROPHE}re){_GAP}(?:now|from{_GAP}now{_GAP}on){_GAP}(?:an?|the|my|in|free|no{_GAP}longer)\b",
    ),
    _family("pretend", rf"\bpretend\b{_GAP}(?:to{_GAP}be|that|you(?:{_APOSTROPHE}re)?|as|there)\b"),
    _family(
        "disregard role",
        rf"\bdisregard\b{_GAP}{_FILL}(?:{_GUARDS}|{_ORDERS}|rules?|everything)\b",
    ),
    _family("jailbreak", rf"\bjail(?:{_GAP})?break(?:s|ing|en|er)?\b"),
    _family("DAN mode", rf"\bd[\W_]*a[\W_]*n[\W_]*mode\b|\bdo{_GAP}anything{_GAP}now\b"),
    (
        "system message",
        re.compile(r"(?:^|[\n.!?;>\]\"'`)(#*-])[^\S\n]*(?P<cut>system[^\S\n]*(?:message|prompt)?[^\S\n]*:)"),
    ),
    _family("system message", r"<\|?/?\s*(?:im_start|im_end|system|assistant|inst)\s*\|?>|\[/?(?:system|inst)\]"),
)

#: The same without any gap, for words that are spaced out or glued: `i g n o r e  p r e v i o u s ...`.
SQUEEZED = (
    (
        "ignore instructions",
        re.compile(
            r"(?:ignore|forget)(?:all|any|the|your|my|of){0,3}(?:previous|prior|above|earlier)(?:and|all|the|your|my){0,2}(?:instructions|prompts|directives)"
        ),
    ),
    ("override authority", re.compile(r"override(?:the|your|all|my){0,2}(?:authority|aegis)")),
    ("disregard role", re.compile(r"disregard(?:the|your|all|my|previous){0,3}(?:role|instructions|authority)")),
)
