/** A place in the past of a device: behind one of its frames. */
export interface PastPlace {
  /** The run of the daemon. */
  epoch: string;
  /** The sequence number that is due there. */
  sequence: number;
  /** The frame before it, if that is an event: others have the same sequence number. */
  frame?: string;
  /** The time of that frame, in the form of events. If its run is not recorded, the parts after this time follow. */
  time?: string;
}

/** A part of a device's recorded data, without its bytes: consecutive frames of one run. */
export interface RecordedHead {
  epoch: string;
  /** The first sequence number of the part. */
  first: number;
  /** The number behind the last one. */
  next: number;
  /** The samples in it. */
  count: number;
  /** The last frame, if that is an event. */
  frame?: string;
  /** True if the bytes are compressed by Zstandard. */
  isCompressed?: boolean;
  /** True if they are the packed columns of a run, compressed. */
  isColumns?: boolean;
}

/** A part of a device's recorded data. */
export interface RecordedPart extends RecordedHead {
  bytes: Uint8Array;
}
