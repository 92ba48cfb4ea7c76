// nginx as people put it before an upstream: keep-alive on both sides, a map of keys, a line of the access log for each call.
import { mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../free-port.ts'
import { startListening, type Target } from './target.ts'

/**
 * Starts one worker.
 *
 * @param program nginx, after what starts it
 * @param inFolder where its files get a folder
 */
export async function startNginx(
  program: string[],
  inFolder: string,
  upstreamPort: number,
  keys: readonly string[],
  keysFile: string,
): Promise<Target> {
  const folder = join(inFolder, 'nginx')
  mkdirSync(folder)
  const port = await freePort()
  writeFileSync(join(folder, 'keys.map'), keys.map((key, n) => `"Bearer ${key}" "key-${n}";\n`).join(''))
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port, upstreamPort, keys.length))
  const command = [...program, '-p', folder, '-e', join(folder, 'error.log')]
  const { pid, stop } = await startListening([...command, '-c', join(folder, 'nginx.conf')], port)
  return {
    name: 'nginx',
    label: 'nginx: keep-alive, key `map`, access log',
    port,
    pid,
    headers: {},
    keysFile,
    stop,
  }
}

// Streams are not buffered, since the upstream says X-Accel-Buffering: no.
function configuration(folder: string, port: number, upstreamPort: number, keys: number): string {
  // Started by root, its worker would be nobody, who may not write here.
  const user = process.getuid?.() === 0 ? `user ${userInfo().username};` : ''
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${join(folder, name)};`)
    .join('\n  ')
  return `${user}
worker_processes 1;
daemon off;
pid ${join(folder, 'nginx.pid')};
events { worker_connections 16384; }
http {
  ${temporary}
  log_format with_key '$remote_addr - $key_name [$time_local] "$request" $status $body_bytes_sent $request_time "$http_user_agent"';
  access_log ${join(folder, 'access.log')} with_key;
  map_hash_max_size ${Math.max(2048, keys * 2)};
  map_hash_bucket_size 128;
  map $http_authorization $key_name {
    default "";
    include ${join(folder, 'keys.map')};
  }
  upstream model { server 127.0.0.1:${upstreamPort}; keepalive 1100; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    keepalive_requests 100000000;
    location /v1/ {
      if ($key_name = "") { return 401; }
      proxy_pass http://model;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer of-the-upstream";
    }
  }
}
`
}
