"""Makes the catalog of a Keystone database hold exactly these identity endpoints.

Arguments: the database, and JSON [{"region", "url"}], one a region. Straight into the tables, because Keystone's own way
takes two seconds an endpoint.
"""

import json
import sqlite3
import sys
import uuid


def main():
    database, endpoints = sys.argv[1], json.loads(sys.argv[2])
    with sqlite3.connect(database) as tables:
        (service,) = tables.execute("SELECT id FROM service WHERE type = 'identity'").fetchone()
        tables.execute("DELETE FROM endpoint")
        tables.execute("DELETE FROM region")
        for endpoint in endpoints:
            tables.execute(
                "INSERT INTO region (id, description, extra) VALUES (?, '', '{}')", (endpoint["region"],)
            )
            for interface in ("public", "internal", "admin"):
                tables.execute(
                    "INSERT INTO endpoint (id, interface, service_id, url, extra, enabled, region_id)"
                    " VALUES (?, ?, ?, ?, '{}', 1, ?)",
                    (uuid.uuid4().hex, interface, service, endpoint["url"], endpoint["region"]),
                )


main()
