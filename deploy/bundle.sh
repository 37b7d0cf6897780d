#!/usr/bin/env bash
# Pack everything that a machine without any network needs: make bundle
# Needs the network (or pip's cache) itself; the bundle fits machines of the same kind and Python.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-.venv/bin/python}

version=$("$python" -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')
kind=$("$python" -c 'import platform, sys; print(f"{sys.platform}-{platform.machine()}-py{sys.version_info[0]}{sys.version_info[1]}")')
name="doisoat-$version-$kind"
out="dist/$name"
rm -rf "$out" "$out.tar.gz"
mkdir -p "$out/wheels" "$out/share"

# The machine may have an older Python of the same kind (Debian 12: 3.11.2): what only that needs
# comes along.
sed -E "s/ ; python_full_version < '3\.11\.[0-9]+'//" requirements.txt > "$out/wide.txt"
"$python" -m pip --disable-pip-version-check download --quiet --only-binary :all: \
  --require-hashes --no-deps --requirement "$out/wide.txt" --dest "$out/wheels"
rm "$out/wide.txt"
rm -rf build # what an earlier version left there would be packed again
"$python" -m pip --disable-pip-version-check wheel --quiet --no-build-isolation --no-deps --no-index \
  --wheel-dir "$out/wheels" .
cp requirements.txt deploy/install.sh deploy/doisoat.service deploy/doisoat-worker.service "$out/"
cp docs/van-hanh.md docs/kiem-tra-chon-mau.md docs/luong-du-lieu.md CHANGELOG.md LICENSE "$out/share/"
cp -R docs/hinh "$out/share/"
printf '%s\n' "$version" > "$out/VERSION"
(cd "$out" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum > SHA256SUMS)
tar -C dist -czf "$out.tar.gz" "$name"
(cd dist && sha256sum "$name.tar.gz" > "$name.tar.gz.sha256")
echo "$out.tar.gz"
