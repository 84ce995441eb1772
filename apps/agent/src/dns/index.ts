/** The section of names: the file for the DNS process, and its own word on what it loaded. */
export { type DnsPorts, dnsEffector } from './apply.ts';
export { type AskServer, createAskServer, type Loaded } from './ask-server.ts';
export { createObserveDns, type ObserveDns, readDnsFile, type ReadDnsFile } from './observe.ts';
export { type DnsFileContent, renderDnsFile } from './render.ts';
export { ensureResolved, resolvedAfter } from './resolved.ts';
