import { z } from 'zod';
import { configurationSchema } from './schema.js';

/** The JSON Schema (draft 2020-12) of what a person writes into `rotor.yaml`, for editors and checks. */
export function configurationJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(configurationSchema, { io: 'input', target: 'draft-2020-12' });
  return { $schema, title: 'rotor.yaml, the configuration of fernet-rotor', ...rest };
}
