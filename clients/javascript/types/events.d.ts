export class EventParser {
    /**
     * The events that are complete with this text. Throws when one is too long.
     *
     * @param {string} text
     * @returns {ServerSentEvent[]}
     */
    push(text: string): ServerSentEvent[];
    #private;
}
/**
 * Server-sent events, read as they come: the grammar of the HTML standard, with a bound on what is held.
 */
export type ServerSentEvent = {
    event: string;
    id: string;
    data: string;
};
