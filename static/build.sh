#!/bin/sh
# Builds what static embeds and Go does not write: app.css (Tailwind over the views), icons.svg (a sprite of
# the icons that static/src/icons.txt names) and htmx.min.js, from the packages that static/src pins.
# Needs Node; a plain "go build" does not, since the results are committed.
set -eu
cd "$(dirname "$0")"
# "npm install" keeps to the lock file; "npm ci" would also want the builds for other platforms listed in it.
( cd src && npm install --silent --no-audit --no-fund --ignore-scripts )
bin=src/node_modules/.bin
"$bin/tailwindcss" --input src/app.css --output app.css --minify >/dev/null
node src/icons.mjs
cp src/node_modules/htmx.org/dist/htmx.min.js htmx.min.js
cp src/node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2 inter-5.3.0.woff2
