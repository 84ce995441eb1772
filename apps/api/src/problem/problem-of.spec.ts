import { BadRequestException, NotFoundException } from '@nestjs/common';
import { Refused } from '@techulus/domain';
import { ClaimConflict, ExpectedVersionConflict } from '@techulus/event-store';
import { NotReady } from '../cluster/not-ready.ts';
import { EdgeError, invalid } from './edge-error.ts';
import { problemOf } from './problem-of.ts';

describe('what a client is told', () => {
  it.each([
    [new Refused('invalid', 'image_invalid', 'image is odd', 'image'), 400, 'image_invalid'],
    [new Refused('forbidden', 'token_invalid', 'no'), 403, 'token_invalid'],
    [new Refused('not_found', 'project_not_found', 'no'), 404, 'project_not_found'],
    [new Refused('conflict', 'name_taken', 'no', 'name'), 409, 'name_taken'],
    [new EdgeError(412, 'precondition_failed', 'no'), 412, 'precondition_failed'],
    [new ClaimConflict('service_name', 'web', 'service/x'), 409, 'claim_conflict'],
    [new ExpectedVersionConflict('service/x', 1, 2), 409, 'version_conflict'],
    [new NotFoundException(), 404, 'route_not_found'],
    [new BadRequestException('Unexpected token in JSON'), 400, 'body_invalid'],
    [new NotReady('reads the log'), 503, new NotReady('').code],
    [new Error('password hunter2'), 500, 'internal_error'],
    ['thrown text', 500, 'internal_error'],
  ])('%s is %i %s', (error, status, code) => {
    const problem = problemOf(error);
    expect(problem).toMatchObject({ status, code, type: `urn:techulus:problem:${code}`, title: expect.any(String) });
    expect(JSON.stringify(problem)).not.toContain('hunter2');
  });

  it('names the field', () => {
    expect(problemOf(new Refused('conflict', 'name_taken', 'taken', 'name')).fields).toEqual([
      { field: 'name', message: 'taken' },
    ]);
    expect(problemOf(invalid('position_invalid', 'at', 'must be less')).fields).toEqual([
      { field: 'at', message: 'must be less' },
    ]);
    expect(problemOf(new NotFoundException())).not.toHaveProperty('fields');
  });

  it('does not name who holds what was claimed', () => {
    expect(problemOf(new ClaimConflict('service_name', 'web', 'service/secret-id')).detail).toBe(
      'service name web is taken; load it again and retry',
    );
  });
});
