#!/bin/sh
# Cuts the brand fonts from the @fontsource-variable 5.x packages: weights in use, no hints, few features.
# usage: fonts.sh NODE_MODULES OUT
set -eu
from=$1/@fontsource-variable out=$2
work=$(mktemp -d)
latin='U+0020-007E,U+00A0-00FF,U+0131,U+0152-0153,U+02C6,U+02DA,U+02DC,U+2010-2014,U+2018-201A,U+201C-201E,U+2020-2022,U+2026,U+202F,U+2030,U+2039-203A,U+20AC,U+2122,U+2190-2193,U+2212,U+2215'
ext='U+0100-0130,U+0132-0151,U+0154-017F,U+018F,U+0192,U+01A0-01A1,U+01AF-01B0,U+01CD-01DC,U+01FA-021B,U+0259,U+1E80-1E85,U+1E9E,U+1EA0-1EF9,U+20A0-20AB,U+20AD-20C0'
cut() { # name weights
	for part in latin latin-ext; do
		src=$from/$1/files/$1-$part-wght-normal.woff2
		fonttools varLib.instancer -q -o "$work/i.ttf" "$src" "wght=$2"
		codes=$latin; name=$1
		[ $part = latin-ext ] && codes=$ext name=$1-ext
		pyftsubset "$work/i.ttf" --unicodes="$codes" --layout-features=kern,liga,locl,mark,mkmk,ccmp,calt,tnum,lnum \
			--no-hinting --desubroutinize --name-IDs=1,2,3,13,14 --flavor=woff2 --output-file="$out/$name.woff2"
	done
}
cut archivo-narrow 400:700
cut public-sans 400:600
cut baloo-2 500:800
cut nunito 400:600
cut cormorant 400:600
cut jost 400:600
rm -r "$work"
