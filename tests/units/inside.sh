#!/bin/bash
# Runs as a unit inside of the container, which has no network: installs the bundle, starts the
# units, strikes them, and says what came back. Its last line says whether all was well.
set -euo pipefail
cd /units-test
office=/srv/doisoat
doisoat() { (cd $office && runuser -u doisoat -- /opt/doisoat/current/bin/doisoat "$@"); }
say() { echo "[$(date +%H:%M:%S)] $*"; }
wrong() { say "FAILED: $*"; systemctl --no-pager status 'doisoat*' || true
          journalctl --no-pager -n 60 -u 'doisoat*' || true; systemctl poweroff; exit 1; }
trap 'wrong "line $LINENO"' ERR
until_() { # until_ SECONDS WHAT COMMAND…
    local left=$1 what=$2; shift 2
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1)); [ $left -gt 0 ] || wrong "not in time: $what"; sleep 1
    done
}
ready() { DOISOAT_SERVICE__HEALTH_PORT=$1 /opt/doisoat/current/bin/python -m worker.probe; }
fact() { systemctl show -p "$2" --value "$1"; }
ended() { python3 - "$1" <<'P'
import sqlite3, sys
one = sqlite3.connect("file:/srv/doisoat/data/doisoat.db?mode=ro", uri=True)
sys.exit(one.execute("SELECT count(*) FROM run WHERE state = 'done'").fetchone()[0] < int(sys.argv[1]))
P
}
count=0
reconcile() {
    count=$((count + 1))
    doisoat run --queue --unit "Xã Thử Nghiệm" --json >/dev/null 2>run.log || { cat run.log; wrong "run"; }
    until_ 300 "run $count" ended $count
    found=$(doisoat findings list --json | grep -o RETURNED_STILL_PENDING | wc -l)
    [ "$found" = 15 ] || wrong "found $found, not 15"
}

say "install.sh, in a machine without a network"
(cd bundle && ./install.sh >/dev/null)
useradd --system --home-dir $office doisoat
install -d -o doisoat -g doisoat -m 0750 $office
doisoat init $office >/dev/null 2>&1
cp -r office/. $office/
chown -R doisoat:doisoat $office
cp bundle/doisoat.service bundle/doisoat-worker.service /etc/systemd/system/
systemctl daemon-reload
say "  ok: installed"

systemctl enable --now --quiet doisoat
until_ 300 "doisoat.service ready" ready 8069
reconcile
say "  ok: doisoat.service is ready, a run finds the 15"

systemctl enable --now --quiet doisoat-worker
until_ 300 "doisoat-worker.service ready" ready 8070
sleep 12 # two restarts' time, had there been any
[ "$(fact doisoat NRestarts)$(fact doisoat-worker NRestarts)" = 00 ] || wrong "a unit was restarted"
say "  ok: both units on one data folder, none restarted"

for unit in doisoat doisoat-worker; do
    before=$(fact $unit MainPID)
    kill -KILL "$before"
    changed() { [ "$(fact $unit ActiveState)" = active ] && [ "$(fact $unit MainPID)" != "$before" ]; }
    until_ 120 "$unit started again" changed
    until_ 300 "ready again" ready 8069
    until_ 300 "ready again" ready 8070
    reconcile
    say "  ok: $unit killed: back, a run done"
done

begun=$SECONDS
systemctl stop doisoat
[ "$(fact doisoat Result)" = success ] || wrong "doisoat ended with $(fact doisoat Result)"
say "  ok: doisoat stopped after $((SECONDS - begun)) s; the other unit keeps the broker"
reconcile
say "  ok: a run done by doisoat-worker alone"
systemctl stop doisoat-worker
[ "$(fact doisoat-worker Result)" = success ] || wrong "doisoat-worker ended badly"
left=$(find /proc -maxdepth 1 -name '[0-9]*' -user doisoat)
[ -z "$left" ] || wrong "processes left: $left"

(cd bundle && ./install.sh --office $office >/dev/null)
chown -R doisoat:doisoat $office
systemctl start doisoat
until_ 300 "ready after the upgrade" ready 8069
reconcile
say "  ok: installed over it, database upgraded, started, a run done"
systemctl stop doisoat
say "ALL WELL"
systemctl poweroff
