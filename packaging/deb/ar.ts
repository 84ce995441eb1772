/** The outer archive of a Debian package (deb(5)): members one after another, each padded to an even length. */
export function arArchive(members: readonly { readonly name: string; readonly content: Buffer }[]): Buffer {
  const parts = members.flatMap(({ name, content }) => {
    const fields = [name.padEnd(16), '1577836800'.padEnd(12), '0'.padEnd(6), '0'.padEnd(6), '100644'.padEnd(8)];
    const head = `${fields.join('')}${String(content.length).padEnd(10)}\`\n`;
    return [Buffer.from(head, 'latin1'), content, Buffer.from(content.length % 2 === 1 ? '\n' : '')];
  });
  return Buffer.concat([Buffer.from('!<arch>\n', 'latin1'), ...parts]);
}
