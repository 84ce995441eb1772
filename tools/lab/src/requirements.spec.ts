import { distributionProblem } from './requirements.ts';

describe('distribution', () => {
  it('is Debian 12', () => {
    expect(
      distributionProblem('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\nID=debian\n'),
    ).toBeUndefined();
  });

  it.each([
    ['PRETTY_NAME="Ubuntu 24.04"\nID=ubuntu\nVERSION_ID="24.04"\n', 'this is Ubuntu 24.04'],
    [
      'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\nVERSION_ID="13"\n',
      'this is Debian GNU/Linux 13 (trixie)',
    ],
    ['', 'this is an unknown system'],
  ])('names what it is not: %j', (text, problem) => {
    expect(distributionProblem(text)).toContain(problem);
  });
});
