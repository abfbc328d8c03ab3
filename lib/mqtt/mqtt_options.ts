/** The broker that a bench publishes to. */
export interface MqttOptions {
  /** The broker's address: `mqtt://broker.lab:1883`, or encrypted `mqtts://broker.lab`. */
  broker: string;
  /** The name of this bench. */
  bench: string;
  /** The text in front of all topics: `lab`. */
  prefix: string;
  user?: string;
  password?: string;
  /**
   * The certificates in PEM, for a broker whose authority the machine does not know, or that asks for one. Read for each
   * connection.
   */
  tls?: () => Promise<{ ca?: string; cert?: string; key?: string }>;
}

/** The text in front of the topics of a bench. */
export function rootOf({ prefix, bench }: Pick<MqttOptions, "prefix" | "bench">): string {
  return `${prefix}/${bench}`;
}
