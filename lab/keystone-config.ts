/** The keystone.conf of a node. */

export interface TokenLifetimes {
  readonly expirationSeconds: number;
  readonly allowExpiredWindowSeconds: number;
}

export interface KeystoneConfig {
  readonly databaseFile: string;
  readonly repository: string;
  readonly tokens: TokenLifetimes;
  readonly maxActiveKeys: number;
}

/** Keystone's own defaults. */
export const DEFAULT_TOKENS: TokenLifetimes = {
  expirationSeconds: 3_600,
  allowExpiredWindowSeconds: 172_800,
};
export const DEFAULT_MAX_ACTIVE_KEYS = 3;

/**
 * Tokens are never cached, because a cached token hides that its key is gone. The rest is cached in memory: without it a
 * validation takes half a second.
 */
export function renderKeystoneConfig(config: KeystoneConfig): string {
  return `[DEFAULT]
use_stderr = true
default_log_levels = keystone=WARNING,keystone.common.password_hashing=ERROR
[database]
connection = sqlite:///${config.databaseFile}
[cache]
enabled = true
backend = dogpile.cache.memory
[identity]
password_hash_rounds = 4
[token]
provider = fernet
expiration = ${config.tokens.expirationSeconds}
allow_expired_window = ${config.tokens.allowExpiredWindowSeconds}
caching = false
cache_on_issue = false
[fernet_tokens]
key_repository = ${config.repository}
max_active_keys = ${config.maxActiveKeys}
[fernet_receipts]
key_repository = ${config.repository}
max_active_keys = ${config.maxActiveKeys}
`;
}
