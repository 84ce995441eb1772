export { containerSpecHash } from '@techulus/contract';
