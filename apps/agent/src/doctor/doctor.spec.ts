import { fail, ok, renderFindings } from './finding.ts';
import { checkForwarding, droppingChains } from './firewall-check.ts';

const chains = `table ip filter {
	chain INPUT {
		type filter hook input priority filter; policy accept;
	}
	chain FORWARD {
		type filter hook forward priority filter; policy drop;
	}
	chain DOCKER-USER {
	}
}
table inet techulus {
	chain forward {
		type filter hook forward priority filter - 5; policy drop;
	}
}
`;

it('names the chain that drops forwarded packets, and whose it is', async () => {
  expect(droppingChains(chains)).toEqual(['ip filter FORWARD']);
  const finding = await checkForwarding((program) =>
    Promise.resolve({ code: program === 'nft' ? 0 : 1, stdout: program === 'nft' ? chains : '', stderr: '' }),
  );
  expect(finding).toMatchObject({ level: 'warn', message: expect.stringContaining('Docker') });
  expect(finding.todo).toContain('iptables -I FORWARD -i wg0 -o techulus0 -j ACCEPT');
});

it('is content when the host accepts the mesh', async () => {
  const run = (program: string) => Promise.resolve({ code: 0, stdout: program === 'nft' ? chains : '', stderr: '' });
  expect((await checkForwarding(run)).level).toBe('ok');
});

it('prints a line each, and what to do below', () => {
  expect(renderFindings([ok('disk', 'fine'), fail('podman', 'silent', 'restart it')])).toBe(
    'ok    disk    fine\nfail  podman  silent\n              → restart it',
  );
});
