import type { FastifyReply, FastifyRequest } from 'fastify';
import { SESSION_LIFETIME_MS } from './sessions.js';

/** The session cookie: over https it is bound to the very host (`__Host-`) and never travels in the clear. */
export class SessionCookie {
  private readonly secure: boolean;
  private readonly name: string;

  constructor(publicUrl: string) {
    this.secure = publicUrl.startsWith('https:');
    this.name = this.secure ? '__Host-sagawright_session' : 'sagawright_session';
  }

  read(request: FastifyRequest): string | null {
    return request.cookies[this.name] ?? null;
  }

  write(reply: FastifyReply, token: string): void {
    void reply.setCookie(this.name, token, { ...this.options(), maxAge: SESSION_LIFETIME_MS / 1000 });
  }

  clear(reply: FastifyReply): void {
    void reply.clearCookie(this.name, this.options());
  }

  private options() {
    return { path: '/', httpOnly: true, sameSite: 'lax', secure: this.secure } as const;
  }
}
