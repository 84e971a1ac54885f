/** What every seeded node has, unless it is to differ. */
import type { Repository } from '../../core/repository.js';

export const KEYS = ['a1f04c77e02b9d31', '5be1907cc4d2086f', '0d93b6a85f7e41c2', 'c7720e1fa94b35d8'] as const;
export const REPOSITORY: Repository = { 0: KEYS[0], 1: KEYS[2], 2: KEYS[3], 3: KEYS[1] };
