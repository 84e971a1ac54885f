/** From the settings of a cloud to the body of a sign-in (Identity API v3, "Authentication and token management"). */
import type { ConfigurationError } from './configuration-error.js';

/** Fields of a cloud and of its `auth` section, all as texts. */
export type CloudSettings = Readonly<Record<string, string | undefined>>;

interface Sign {
  readonly account: string;
  readonly auth: Readonly<Record<string, unknown>>;
}

type Fail = (field: string, expected: string) => ConfigurationError;

const PASSWORD_TYPES = ['password', 'v3password'];
const APPLICATION_TYPES = ['v3applicationcredential', 'application_credential', 'v3_application_credential'];
/** As `bootstrap` names it; what older files leave out means this domain. */
const DEFAULT_DOMAIN = { id: 'default' };

export function authOf(settings: CloudSettings, fail: Fail): Sign {
  const type = settings.auth_type ?? guessedType(settings);
  if (PASSWORD_TYPES.includes(type)) return byPassword(settings, fail);
  if (APPLICATION_TYPES.includes(type)) return byApplicationCredential(settings, fail);
  throw fail('auth_type', `${PASSWORD_TYPES[0]} or ${APPLICATION_TYPES[0]}`);
}

function guessedType(settings: CloudSettings): string {
  const { application_credential_id: id, application_credential_name: name } = settings;
  return id === undefined && name === undefined ? PASSWORD_TYPES[0]! : APPLICATION_TYPES[0]!;
}

function byPassword(settings: CloudSettings, fail: Fail): Sign {
  const { password } = settings;
  if (!password) throw fail('password', 'a text, here or in secure.yaml');
  const user = userOf(settings, fail);
  return {
    account: user.account,
    auth: {
      identity: { methods: ['password'], password: { user: { ...user.reference, password } } },
      ...scopeOf(settings, fail),
    },
  };
}

/** Its scope is its own. */
function byApplicationCredential(settings: CloudSettings, fail: Fail): Sign {
  const { application_credential_id: id, application_credential_name: name } = settings;
  const secret = settings.application_credential_secret;
  if (!secret) throw fail('application_credential_secret', 'a text, here or in secure.yaml');
  const credential =
    id !== undefined
      ? { id, secret }
      : {
          name: named(name, 'application_credential_name', fail),
          secret,
          user: userOf(settings, fail).reference,
        };
  return {
    account: `of application credential ${id ?? name}`,
    auth: { identity: { methods: ['application_credential'], application_credential: credential } },
  };
}

function userOf(settings: CloudSettings, fail: Fail) {
  const { user_id: id, username } = settings;
  if (id !== undefined) return { account: id, reference: { id } };
  const name = named(username ?? settings.user_name, 'username', fail);
  return { account: name, reference: { name, domain: domainOf(settings, 'user') } };
}

/** The whole system, a project, or a domain. */
function scopeOf(settings: CloudSettings, fail: Fail): { scope: Record<string, unknown> } {
  if (settings.system_scope !== undefined) return { scope: { system: { all: true } } };
  const id = settings.project_id ?? settings.tenant_id;
  if (id !== undefined) return { scope: { project: { id } } };
  const name = settings.project_name ?? settings.tenant_name;
  if (name !== undefined) return { scope: { project: { name, domain: domainOf(settings, 'project') } } };
  if (settings.domain_id !== undefined) return { scope: { domain: { id: settings.domain_id } } };
  if (settings.domain_name !== undefined) return { scope: { domain: { name: settings.domain_name } } };
  throw fail('project_name', 'a project to sign in for, or `system_scope: all`');
}

function domainOf(settings: CloudSettings, whose: 'user' | 'project'): Record<string, string> {
  const id = settings[`${whose}_domain_id`];
  if (id !== undefined) return { id };
  const name = settings[`${whose}_domain_name`];
  if (name !== undefined) return { name };
  return settings.default_domain === undefined ? DEFAULT_DOMAIN : { id: settings.default_domain };
}

function named(value: string | undefined, field: string, fail: Fail): string {
  if (value) return value;
  throw fail(field, 'a text');
}
