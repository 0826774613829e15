"""The list of error codes: what each stands for, in one sentence.

A code never changes its meaning and is never used again for another.
E1: spec and command line · E2: data · E3: engine and model · E4: store · E5: serving · E6: monitoring · E7: plugins
E8: Ray and clusters.
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
    "E2002": "A data file cannot be read.",
    "E2003": "A data file is empty.",
    "E2004": "A data file has columns but no rows.",
    "E2005": "A column of a data file has no name of its own.",
    "E2006": "The files of one source have different columns.",
    "E2007": "A text file is not valid UTF-8.",
    "E2008": "A row of a text file has more or fewer cells than the others.",
    "E2009": "A Parquet file is damaged.",
    "E2010": "A line of a JSON lines file is not a JSON object.",
    "E2020": "A schema file cannot be understood.",
    "E2021": "The data lacks a column that the schema or the spec names.",
    "E2022": "Too many rows break the rules of the schema.",
    "E2023": "The data has too few usable rows.",
    "E2024": "The spec gives a column a role that its type does not allow.",
    "E2030": "The review of the data found an error.",
    "E2031": "The data cannot be split as the spec says.",
    "E2032": "Rows of the test are known from the training.",
    # E3: engine and model
    "E3001": "A step failed.",
    "E3002": "The process of a step died.",
    "E3003": "A step and its declaration disagree.",
    "E3004": "There is no such step.",
    "E3010": "A gate refused the release.",
    "E3101": "No family of models suits the task.",
    "E3102": "Every trial of the search failed.",
    "E3103": "The exported model answers differently from the fitted one.",
    "E3104": "A metric is unknown or does not suit the task.",
    "E3105": "The exported model is not usable.",
    "E3106": "A declared gate cannot be evaluated.",
    # E4: store
    "E4001": "An artifact is missing or damaged.",
    "E4002": "Another process holds the store.",
    "E4003": "The store cannot be written.",
    "E4004": "The disk of the store is full.",
    "E4005": "The records of the store are damaged.",
    "E4006": "The store was written by a newer declml.",
    "E4007": "This kind of store is not available.",
    "E4008": "The chain of the ledger is broken.",
    "E4009": "There is no such release or alias.",
    # E5: serving
    # E6: monitoring
    "E6001": "An alert is open.",
    # E7: plugins
    "E7001": "Two plugins provide a component of the same kind and type.",
    "E7002": "A plugin could not be loaded.",
    # E8: Ray and clusters
    "E8010": "Ray could not be started or reached.",
    "E8030": "The address of a cluster cannot be used.",
    "E8031": "A cluster cannot be reached, or what answers is not Ray.",
    "E8032": "A cluster asks for a token, or refused the one it got.",
    "E8033": "The folder of the spec cannot be packed, or is too large to send.",
    "E8034": "There is no such job on the cluster.",
    "E8035": "A job could not be started, died, or was stopped.",
    "E8036": "The cluster does not share the disk that holds the store.",
    "E8038": "A cluster refused a request.",
}
