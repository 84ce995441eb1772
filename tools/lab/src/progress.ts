/** Told what is being done now, one line at a time. */
export type Progress = (line: string) => void;
