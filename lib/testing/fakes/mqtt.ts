import type { Declared, DriverDocument } from "../../declared/file/read_file.ts";
import { parseTemplate } from "../../declared/format_spec.ts";
import type { MqttSetting, MqttValue } from "../../declared/transports/mqtt/schema.ts";
import { FakeBroker } from "./fake_broker.ts";
import type { YamlFake } from "./fake.ts";
import { FakeValues, takeText } from "./fake_values.ts";
import { payloadText } from "./payload_text.ts";

type Mqtt = Declared & { address: MqttValue | MqttSetting };

/** The time between two messages of a topic, in milliseconds. */
const PERIOD_MS = 20;

/**
 * An instrument of a YAML driver, with its broker. It publishes all topics periodically, and at once after each message
 * that it gets. It ignores a setting beyond its limits.
 */
export function mqttFake(document: DriverDocument): YamlFake {
  const values = new FakeValues(document);
  const settings = document.settings as (Declared & { address: MqttSetting })[];
  const { prefix = "" } = document.params as { prefix?: string };
  const reported = ([...document.values, ...settings] as Mqtt[]).filter(({ address }) => address.topic !== undefined);
  const byTopic = Map.groupBy(reported, ({ address: { topic } }) => prefix + topic);
  const publish = () => {
    for (const [topic, all] of byTopic) {
      broker.publish(topic, payloadText(all.map(({ name, address }) => ({ address, value: values.get(name) }))));
    }
  };
  const broker = new FakeBroker((topic, text) => {
    for (const setting of settings) {
      if (prefix + setting.address.publish !== topic) continue;
      const { before, after } = parseTemplate(setting.address.payload);
      takeText(values, setting, text.slice(before.length, text.length - after.length));
    }
    publish();
  });
  const timer = setInterval(publish, PERIOD_MS);
  return {
    params: { host: broker.host, port: broker.port, tls: false },
    get: (name) => values.get(name),
    set: (name, value) => values.set(name, value),
    drop: () => broker.drop(),
    restore: () => broker.restore(),
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await broker[Symbol.asyncDispose]();
    },
  };
}
