export class Credentials {
    /**
     * @param {{renewable: boolean, report: (error: unknown) => void,
     *   onCredential?: (end: {code: number, reason: string}) => Promise<boolean> | boolean}} options
     */
    constructor(options: {
        renewable: boolean;
        report: (error: unknown) => void;
        onCredential?: (end: {
            code: number;
            reason: string;
        }) => Promise<boolean> | boolean;
    });
    accepted(): void;
    /** Refused once more: may it simply be tried again? */
    mayTry(): boolean;
    /**
     * Whether the application has seen to a new one.
     *
     * @param {{code: number, reason: string}} end
     */
    ask({ code, reason }: {
        code: number;
        reason: string;
    }): Promise<boolean>;
    #private;
}
