#!/usr/bin/env bash
# Cài đặt hoặc nâng cấp doisoat từ gói, không cần mạng:  ./install.sh [--prefix /opt/doisoat] [--office /srv/doisoat]
# Bản cũ được giữ lại; quay về bản cũ: ln -sfn versions/<bản cũ> /opt/doisoat/current
set -euo pipefail
cd "$(dirname "$0")"

prefix=/opt/doisoat
office=""
python=${PYTHON:-python3}
while [ $# -gt 0 ]; do
  case "$1" in
    --prefix) prefix=$2; shift 2 ;;
    --office) office=$2; shift 2 ;;
    *) echo "Không hiểu: $1" >&2; exit 2 ;;
  esac
done

sha256sum --check --quiet SHA256SUMS || { echo "Gói bị hỏng hoặc bị sửa: chép lại gói rồi chạy lại." >&2; exit 1; }
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
  { echo "Cần Python 3.11 trở lên; chỉ rõ bằng PYTHON=/đường/dẫn/python3" >&2; exit 1; }

version=$(cat VERSION)
target="$prefix/versions/$version"
mkdir -p "$prefix/versions"
# A virtual environment knows its own path: it is built where it stays, and linked only when whole.
[ -e "$target" ] && mv "$target" "$target.cu-$(date +%Y%m%d%H%M%S)"
"$python" -m venv "$target"
"$target/bin/python" -m pip --disable-pip-version-check install --quiet --no-index --find-links wheels \
  --require-hashes --no-deps --requirement requirements.txt ||
  { rm -rf "$target"; echo "Gói không hợp với máy này (khác hệ máy hoặc khác bản Python)." >&2; exit 1; }
"$target/bin/python" -m pip --disable-pip-version-check install --quiet --no-index --find-links wheels \
  --no-deps "doisoat==$version"
mkdir -p "$target/share"
cp -R share/* "$target/share/"
"$target/bin/doisoat" --version

if [ -n "$office" ] && [ -f "$office/doisoat.toml" ]; then
  echo "Nâng cấp cơ sở dữ liệu của $office (tự sao lưu trước)"
  (cd "$office" && "$target/bin/doisoat" db upgrade --config "$office/doisoat.toml")
fi
ln -sfn "versions/$version" "$prefix/current"
echo "Đã cài bản $version: $prefix/current/bin/doisoat"
echo "Dịch vụ: cp doisoat.service /etc/systemd/system/, systemctl daemon-reload, systemctl restart doisoat"
