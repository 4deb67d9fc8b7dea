# Sourced by test: real Redis, PostgreSQL, node and Chromium, installed where that may be done.

installed() { command -v "$1" >/dev/null 2>&1; }

postgres_bin() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1; }

browser_path() {
  for browser in chromium-headless-shell chromium google-chrome; do
    command -v "$browser" 2>/dev/null && return
  done
  return 1
}

ensure_services() {
  missing=
  installed redis-server || missing="$missing redis-server"
  [ -n "$(postgres_bin)" ] || missing="$missing postgresql"
  browser_path >/dev/null || missing="$missing chromium"
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" = 0 ] && installed apt-get; then
    echo "installing$missing"
    apt-get update -qq >/dev/null 2>&1
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1 || true
  fi
}

npm_packages() { # at the locked versions
  cmp -s package-lock.json node_modules/.locked ||
    { npm ci --no-audit --no-fund --loglevel error && cp package-lock.json node_modules/.locked; }
}

ensure_browser() { WIDGETAPP_BROWSER=$(browser_path) && export WIDGETAPP_BROWSER; }

as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

with_postgres() { # a throwaway server on a free port, which forgets in a crash; sets postgres_url
  bin=$(postgres_bin)
  postgres_dir=$(mktemp -d /tmp/widgetapp-postgres.XXXXXX)
  [ "$(id -u)" != 0 ] || chown postgres "$postgres_dir"
  postgres_port=$($python -c "from tests.servers import free_port; print(free_port())")
  as_postgres "$bin/initdb" -D "$postgres_dir/data" -U widgetapp -A trust -E UTF8 >/dev/null || return 1
  as_postgres "$bin/pg_ctl" -s -w -D "$postgres_dir/data" -l "$postgres_dir/log" \
    -o "-p $postgres_port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200 -c fsync=off -c full_page_writes=off -c synchronous_commit=off" start || return 1
  postgres_url="postgres://widgetapp@127.0.0.1:$postgres_port/postgres"
}

end_postgres() {
  as_postgres "$(postgres_bin)/pg_ctl" -s -D "$postgres_dir/data" -m immediate stop
  rm -rf "$postgres_dir"
}

tell_services() {
  printf 'Redis       %s\n' "$(redis-server --version 2>/dev/null | cut -d' ' -f3 || true)"
  printf 'PostgreSQL  %s\n' "$([ -z "$(postgres_bin)" ] || "$(postgres_bin)/postgres" --version)"
  printf 'Browser     %s\n' "$(browser_path >/dev/null && "$(browser_path)" --version --no-sandbox 2>/dev/null || echo absent)"
  printf 'Node        %s\n' "$(node --version 2>/dev/null || echo absent)"
}
