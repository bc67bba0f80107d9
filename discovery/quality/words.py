"""Words that tell of controls, comparisons and replicates in a record."""

import re

# "control" as a group, not "quality control", "under the control of" or "controls the cell cycle".
CONTROL = re.compile(
    r"""
    (?<!quality\ )(?<!\bunder\ )(?<!under\ the\ )(?<!no\ )(?<!without\ )
    \bcontrols?\b (?!\ of\b|\ the\b|\ over\b|\ for\ quality)
    | \bctrl\b | \bcase[- ]control
    | \bhealthy\b | \bunaffected\b | \bnon[- ]?diseased\b
    | \b(?:adjacent|matched|histologically)\ (?:non[- ]?\w+\ )?normal\b
    | \bnormal\ (?:\w+\ ){0,2}
        (?:tissues?|samples?|cells?|donors?|subjects?|individuals?|volunteers?|controls?)\b
    | :\ normal\b
    | \buntreated\b | \bvehicle\b | \bmock\b | \bsham\b | \bplacebo\b | \bdmso\b
    | \bwild[- ]?type\b | \bWT\b | \bscrambled?\b | \bnon[- ]?targeting\b
    | \b(?:si|sh)(?:NC|Ctrl|Con|Control|Scr|GFP|Luc)\b
    | \bbaseline\b | \bpre-?treatment\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
COMPARISON = re.compile(
    r"\bvs\b|\bversus\b|\bcompar(?:ed|ing|ison)\b|\brelative to\b|\bdifferential(?:ly)?\b",
    re.IGNORECASE,
)
REPLICATES = re.compile(
    r"(?<!no )(?<!without )(?<!no biological )(?<!without biological )"
    r"\b(?:replicates?|replicated|duplicates?|triplicates?|quadruplicates?|n ?= ?[3-9])\b",
    re.IGNORECASE,
)
