/** Put in by the bundler; a run from the sources has none. */
declare const TECHULUS_VERSION: string | undefined;

export const agentVersion: string = typeof TECHULUS_VERSION === 'string' ? TECHULUS_VERSION : '0.1.0';
