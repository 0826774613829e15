"""Send five real rows of the later period to the running server and print its answers."""

import csv
import gzip
import json
import os
import urllib.request

FEATURES = ("period", "nswprice", "nswdemand", "vicprice", "vicdemand", "transfer")
URL = os.environ.get("URL", "http://127.0.0.1:8080/elec2")

with gzip.open("elec2-later.csv.gz", "rt", encoding="utf-8") as file:
    rows = [row for _, row in zip(range(5), csv.DictReader(file), strict=False)]
asked = [{name: float(row[name]) for name in FEATURES} for row in rows]
request = urllib.request.Request(
    URL, json.dumps({"rows": asked}).encode(), {"content-type": "application/json"}, method="POST"
)
with urllib.request.urlopen(request, timeout=10) as reply:
    answer = json.load(reply)
print(f"release {answer['release']}")
for row, one in zip(rows, answer["predictions"], strict=True):
    print(
        f"{row['timestamp']}  predicted {one['prediction']}  {one['probability']}  truth {row['class']}  id {one['id']}"
    )
