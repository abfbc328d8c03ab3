% Reads the HDF5 export of a recording with Octave, and prints what it finds as JSON.
file = load("-hdf5", argv(){1});
daq = file.devices.daq1;
samples = daq.samples;
start = int64(1795680000) * int64(1000000000);
% "0 °C"
assert(samples.label.values(1:samples.label.offsets(2))(:)', uint8([48 32 194 176 67]));
trace = samples.trace.values;
units = jsondecode(char(file.metadata.units(:)'));
printf("{\"samples\":%d,\"value\":%d,\"first\":%d,\"last\":%d,\"lost\":%d,\"big\":\"%d\",\"unlabelled\":%d,", ...
  numel(samples.sequence), sum(samples.value), samples.sequence(1), samples.sequence(end), sum(daq.events.lost), ...
  max(samples.big), sum(daq.samples_valid.label == 0));
printf("\"trace\":%d,\"time\":%d,\"unit\":\"%s\"}\n", sum(trace(!isnan(trace))), ...
  max(samples.timestamp) - start, units.value.daq1);
