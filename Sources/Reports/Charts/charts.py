"""Writes Vega's script, or draws charts, with vl-convert-python, which `make deps` installs into .build/charts.

    charts.py bundle       Vega, Vega-Lite and vega-embed as one script, on standard output
    charts.py png|svg      one Vega-Lite specification a line on standard input, as JSON; once all are read, for each of
                           them one line on standard output: {"picture": base64} or {"error": text}

Nothing is read from the network: the specifications contain their data, and access to addresses is disabled.
"""

import base64
import json
import sys

import vl_convert

VEGA_LITE = "6.4"


def draw(form, specification):
    options = {"vl_version": VEGA_LITE, "allowed_base_urls": []}
    if form == "png":
        return vl_convert.vegalite_to_png(specification, scale=2, **options)
    return vl_convert.vegalite_to_svg(specification, **options).encode()


def main():
    form = sys.argv[-1]
    if form == "bundle":
        sys.stdout.write(vl_convert.javascript_bundle(vl_version=VEGA_LITE))
        return
    for line in sys.stdin.readlines():
        try:
            reply = {"picture": base64.b64encode(draw(form, line)).decode()}
        except ValueError as error:
            reply = {"error": str(error)}
        print(json.dumps(reply), flush=True)


main()
