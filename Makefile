# The two commands are `make demo` and `make test`; everything else is a part of them or a longer proof.
SHELL := /bin/sh
PYTHON ?= python3.11
BIN := .venv/bin
.DEFAULT_GOAL := help

# One short list. A package is installed when its file is missing, so a machine that has them needs no root.
SYSTEM_FILES := /usr/lib/postgresql/15/bin/initdb=postgresql-15 \
	/usr/lib/postgresql/15/lib/postgis-3.so=postgresql-15-postgis-3 \
	/usr/bin/redis-server=redis-server \
	/usr/lib/x86_64-linux-gnu/libgdal.so.32=libgdal32

