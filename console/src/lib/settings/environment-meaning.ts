// What each setting of the environment means, in the reader's language; the README's tables say the same.
import { m } from '#lib/paraglide/messages.js'

const meanings: Readonly<Record<string, () => string>> = {
  LATCHKEY_HOST: m.environment_latchkey_host,
  LATCHKEY_PORT: m.environment_latchkey_port,
  LATCHKEY_PUBLIC_URL: m.environment_latchkey_public_url,
  LATCHKEY_TRUSTED_PROXIES: m.environment_latchkey_trusted_proxies,
  LATCHKEY_WORKERS: m.environment_latchkey_workers,
  LATCHKEY_DATA_DIR: m.environment_latchkey_data_dir,
  DATABASE_URL: m.environment_database_url,
  LATCHKEY_ADMIN_PASSWORD: m.environment_latchkey_admin_password,
  LATCHKEY_ADMIN_TOKEN: m.environment_latchkey_admin_token,
  LATCHKEY_ADMIN_TOKEN_NEXT: m.environment_latchkey_admin_token_next,
  LATCHKEY_UPSTREAM_URL: m.environment_latchkey_upstream_url,
  LATCHKEY_UPSTREAM_KEY: m.environment_latchkey_upstream_key,
  LATCHKEY_DEFAULT_MODEL: m.environment_latchkey_default_model,
  LATCHKEY_PRIVATE_UPSTREAMS: m.environment_latchkey_private_upstreams,
  LATCHKEY_DRAIN_SECONDS: m.environment_latchkey_drain_seconds,
  LATCHKEY_UPSTREAM_CONNECT_TIMEOUT_SECONDS: m.environment_latchkey_upstream_connect_timeout_seconds,
  LATCHKEY_UPSTREAM_HEAD_TIMEOUT_SECONDS: m.environment_latchkey_upstream_head_timeout_seconds,
  LATCHKEY_UPSTREAM_IDLE_TIMEOUT_SECONDS: m.environment_latchkey_upstream_idle_timeout_seconds,
  LATCHKEY_ROUTING_EXTRA_ATTEMPTS: m.environment_latchkey_routing_extra_attempts,
  LATCHKEY_ROUTING_DEADLINE_SECONDS: m.environment_latchkey_routing_deadline_seconds,
  LATCHKEY_ROUTING_BREAKER_FAILURES: m.environment_latchkey_routing_breaker_failures,
  LATCHKEY_CLIENT_IDLE_TIMEOUT_SECONDS: m.environment_latchkey_client_idle_timeout_seconds,
  LATCHKEY_STOP_DELAY_SECONDS: m.environment_latchkey_stop_delay_seconds,
  LATCHKEY_STOP_GRACE_SECONDS: m.environment_latchkey_stop_grace_seconds,
  LATCHKEY_CONNECTIONS_PER_NETWORK: m.environment_latchkey_connections_per_network,
  LATCHKEY_JSON_BODY_MAX_BYTES: m.environment_latchkey_json_body_max_bytes,
  LATCHKEY_WEBSOCKET_MAX_SECONDS: m.environment_latchkey_websocket_max_seconds,
  LATCHKEY_UPLOAD_SPOOL_BYTES: m.environment_latchkey_upload_spool_bytes,
  LATCHKEY_FAST_LANE: m.environment_latchkey_fast_lane,
  LATCHKEY_LOG_RETENTION_DAYS: m.environment_latchkey_log_retention_days,
  LATCHKEY_STATS_RETENTION_DAYS: m.environment_latchkey_stats_retention_days,
  LATCHKEY_AUDIT_RETENTION_DAYS: m.environment_latchkey_audit_retention_days,
  LATCHKEY_AUDIT_WEBHOOK_URL: m.environment_latchkey_audit_webhook_url,
  LATCHKEY_AUDIT_WEBHOOK_SECRET: m.environment_latchkey_audit_webhook_secret,
  LATCHKEY_AUDIT_SYSLOG: m.environment_latchkey_audit_syslog,
  LATCHKEY_CONTENT_CAPTURE: m.environment_latchkey_content_capture,
  LATCHKEY_CONTENT_MAX_BYTES: m.environment_latchkey_content_max_bytes,
  LATCHKEY_CONTENT_RETENTION_DAYS: m.environment_latchkey_content_retention_days,
  LATCHKEY_CONTENT_QUOTA_MB: m.environment_latchkey_content_quota_mb,
  LATCHKEY_CONTENT_REDACT: m.environment_latchkey_content_redact,
  LATCHKEY_CONTENT_REDACT_PATTERNS: m.environment_latchkey_content_redact_patterns,
  LATCHKEY_OBJECT_RETENTION_DAYS: m.environment_latchkey_object_retention_days,
  LATCHKEY_OBJECTS_MAX: m.environment_latchkey_objects_max,
  OPENAI_API_KEY: m.environment_openai_api_key,
  GEMINI_API_KEY: m.environment_gemini_api_key,
  LATCHKEY_ENCRYPTION_KEY: m.environment_latchkey_encryption_key,
  LATCHKEY_ENCRYPTION_KEY_LOST: m.environment_latchkey_encryption_key_lost,
}

/** The names of all of them, in the order of the README. */
export const environmentNames: readonly string[] = Object.keys(meanings)

/** One or two sentences, with names and values between backticks; undefined of a variable that a newer server has. */
export function environmentMeaning(name: string): string | undefined {
  return Object.hasOwn(meanings, name) ? meanings[name]?.() : undefined
}
