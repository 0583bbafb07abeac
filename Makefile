# Aliases of ./commonhold.
.PHONY: run test check doctor lock

run:
	./commonhold up

test:
	./commonhold test

check:
	./commonhold test --quick

doctor:
	./commonhold doctor

lock:
	python3 requirements/compile.py
