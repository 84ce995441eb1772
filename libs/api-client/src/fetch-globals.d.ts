/** The generated client names a type of the DOM that Node's own declarations lack; a browser's have it. */
type BodyInit = NonNullable<RequestInit['body']>;
