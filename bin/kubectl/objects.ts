import type {
  DumpIngestionObject,
  EventObject,
  JobObject,
  PodObject,
  TableIngestionObject,
} from '../../operator/kubernetes/client/objects.ts';

/** A pod with the node that it runs on. */
export interface PlacedPod extends PodObject {
  readonly spec?: { readonly nodeName?: string };
}
export interface ObjectEvent extends EventObject {
  readonly involvedObject?: { readonly name?: string };
}

/** A DumpIngestion and what belongs to it in the cluster. */
export interface IngestionObjects {
  readonly ingestion: DumpIngestionObject;
  readonly tables: readonly TableIngestionObject[];
  /** The Jobs of the catalogue and of the last step; that of a table is in its status. */
  readonly jobs: readonly JobObject[];
  /** Those that have not ended. */
  readonly pods: readonly PlacedPod[];
  /** Empty unless something waits for a reason that no status has. */
  readonly events: readonly ObjectEvent[];
  /** What could not be read, for want of a right. */
  readonly unread: readonly string[];
}
