"""The list of error codes: what each stands for, in one sentence.

A code never changes its meaning and is never used again for another.
E1: spec and command line · E2: data · E3: engine and model · E4: store · E5: serving · E6: monitoring · E7: plugins · E8: Ray and clusters.
"""

CODES: dict[str, str] = {
    # E1: spec and command line
    "E1000": "The command line cannot be understood.",
    "E1001": "A spec file does not exist or cannot be read.",
    "E1002": "The YAML of a spec cannot be parsed.",
    "E1003": "A key is not part of the spec language.",
    "E1004": "A required key is missing.",
    "E1005": "A value has the wrong type or is out of its bounds.",
    "E1006": "No component of this type is installed.",
    "E1007": "A value with a unit is ambiguous or malformed.",
    "E1900": "declml or a plugin has a bug.",
    "E1901": "No spec was named, and the folder does not have exactly one.",
    "E1902": "There is no such release.",
    "E1903": "The spec declares no deployment.",
    # E2: data
    "E2001": "A data file does not exist.",
    # E3: engine and model
    "E3001": "A step failed.",
    "E3002": "The process of a step died.",
    "E3010": "A gate refused the release.",
    # E4: store
    "E4001": "An artifact is missing or damaged.",
    "E4002": "Another process holds the store.",
    # E5: serving
    # E6: monitoring
    "E6001": "An alert is open.",
    # E7: plugins
    "E7001": "Two plugins provide a component of the same kind and type.",
    "E7002": "A plugin could not be loaded.",
    # E8: Ray and clusters
}
