// Generated from crds/*.yaml by `npm run generate`. Do not edit.
/**
 * What to load, from where, into which schema, and by which rules.
 */
export interface DumpIngestionSpec {
  /**
   * Where the dumps lie.
   */
  source: {
    /**
     * The volume that holds the dumps, in the shape of a pod's volume source; exactly one. It is mounted read-only. `motherload run --dumps DIR` reads a folder of this machine in its place.
     */
    volume: {
      /**
       * A PersistentVolumeClaim of the DumpIngestion's namespace.
       */
      persistentVolumeClaim?: {
        /**
         * The claim's name.
         */
        claimName: string;
        /**
         * Attach the volume read-only, too.
         */
        readOnly: boolean;
      };
      /**
       * A folder that an NFS server exports.
       */
      nfs?: {
        /**
         * The server's host name or address.
         */
        server: string;
        /**
         * The exported path.
         */
        path: string;
        /**
         * Mount it read-only, too.
         */
        readOnly: boolean;
      };
      /**
       * A folder of the node. Refused unless the operator's chart allows it.
       */
      hostPath?: {
        /**
         * The folder's path on the node.
         */
        path: string;
        /**
         * What must be there, as in a pod's hostPath volume, for instance Directory.
         */
        type?: string;
      };
      /**
       * An inline volume of a CSI driver.
       */
      csi?: {
        /**
         * The driver's name.
         */
        driver: string;
        /**
         * Mount it read-only, too.
         */
        readOnly: boolean;
        /**
         * The file system's type.
         */
        fsType?: string;
        /**
         * Settings for the driver.
         */
        volumeAttributes?: {
          [k: string]: string;
        };
      };
      /**
       * An OCI image or artifact that holds the dumps (Kubernetes 1.33 or later).
       */
      image?: {
        /**
         * The image's reference.
         */
        reference: string;
        /**
         * When to pull it.
         */
        pullPolicy?: 'Always' | 'IfNotPresent' | 'Never';
      };
    };
    /**
     * The folder of the dumps within the volume; empty for its top. It is searched with all its folders.
     */
    path: string;
    /**
     * Globs of the dumps to take, relative to the path.
     *
     * @minItems 1
     * @maxItems 100
     */
    include: string[];
    /**
     * Globs of dumps to leave out again.
     *
     * @maxItems 100
     */
    exclude: string[];
  };
  /**
   * How the dumps are named and written.
   */
  format: {
    /**
     * The pattern of a dump's file name. {version} is needed, {app} may be left out. The last {version} that fits is taken, so my_app_v1.zip is version v1 of my_app.
     */
    dumpName: string;
    /**
     * The extension of schema files.
     */
    schemaExtension: string;
    /**
     * The extension of DAT files.
     */
    datExtension: string;
    /**
     * What separates fields; one ASCII character, but no letter, digit, point, backslash or line end.
     */
    delimiter: string;
    /**
     * What encloses a field; one ASCII character, or empty where nothing is quoted.
     */
    quote: string;
    /**
     * What precedes a quote within a quoted field; by default the quote itself, that is, quotes are doubled.
     */
    escape?: string;
    /**
     * The unquoted word that means NULL. Empty means that an empty unquoted field is NULL.
     */
    nullMarker: string;
    /**
     * Whether a DAT file's first line names the columns. Without it the schema file's order counts.
     */
    header: boolean;
    /**
     * The encoding of DAT files, by PostgreSQL's name for it (LATIN1, WIN1252, UTF8, ...).
     */
    encoding: string;
    /**
     * The dialect of the source's column types where no rule fits: mssql, mysql, or one of spec.format.dialects.
     */
    dialect: string;
    /**
     * Which dump is written in which dialect; the first rule whose glob fits counts.
     *
     * @maxItems 100
     */
    dialectRules: {
      /**
       * A glob of dumps' paths, for instance crm_*.
       */
      dump: string;
      /**
       * The dialect's name.
       */
      dialect: string;
    }[];
    /**
     * Dialects of your own. One that has the name of a built-in dialect takes its place.
     *
     * @maxItems 20
     */
    dialects: {
      /**
       * The dialect's name.
       */
      name: string;
      /**
       * The built-in dialect that it adds to; without it it stands alone.
       */
      extends?: 'mssql' | 'mysql';
      /**
       * Where its type map is kept.
       */
      typesFrom: {
        /**
         * A key of a ConfigMap in the same namespace. `motherload run` finds the ConfigMap among the files given with -f.
         */
        configMapKeyRef: {
          /**
           * The ConfigMap's name.
           */
          name: string;
          /**
           * The key that holds the type map as YAML.
           */
          key: string;
        };
      };
    }[];
    /**
     * What becomes of a column whose type the dialect does not know: it is text with a warning, or its table fails.
     */
    unknownTypes: 'Text' | 'Fail';
  };
  /**
   * The PostgreSQL database (14 to 18) and the schema to load into.
   */
  target: {
    /**
     * The Secret, in the same namespace, that holds the database's URI. `motherload run --database URI` takes its place.
     */
    databaseSecretRef: {
      /**
       * The Secret's name.
       */
      name: string;
      /**
       * The key that holds the URI.
       */
      key: string;
    };
    /**
     * The schema of mother and version tables. It must exist, or the role must be allowed to create it.
     */
    schema: string;
    /**
     * The schema of the ledger and of tables that are still being loaded.
     */
    ledgerSchema: string;
    /**
     * The pattern of a version table's name, from {app}, {version}, {table} and {folder}: the folder that the dump lies in, such as a tenant's, with _ between folders.
     */
    versionTableName: string;
  };
  /**
   * The mother tables and what to do with tables that have none.
   */
  motherTables: {
    /**
     * Require: mothers must exist. Create: missing ones are created. Purge: their version tables are dropped before the run, the mothers stay. Recreate: mothers and version tables are dropped and mothers made anew. Purge and Recreate drop only what the ledger knows as Motherload's and stop if anything else depends on it.
     */
    policy: 'Require' | 'Create' | 'Recreate' | 'Purge';
    /**
     * Mother tables spelled out.
     *
     * @maxItems 2000
     */
    definitions: {
      /**
       * The table's name; it is mother to the dumps' tables of this name.
       */
      name: string;
      /**
       * Its columns, in order.
       *
       * @minItems 1
       * @maxItems 1600
       */
      columns: {
        /**
         * The column's name.
         */
        name: string;
        /**
         * Its PostgreSQL type, for instance text or numeric(12,2).
         */
        type: string;
        /**
         * Whether it must have a value.
         */
        notNull: boolean;
      }[];
    }[];
    /**
     * CommonColumns: a table without existing mother or definition gets one from the columns that all its versions have, each in the narrowest type that holds all versions' types. None: it has no mother.
     */
    derive: 'CommonColumns' | 'None';
    /**
     * What becomes of a table without a mother: it is left out, loaded as a table of its own, or it fails.
     */
    withoutMother: 'Skip' | 'Load' | 'Fail';
    /**
     * Whether version tables get the mother's indexes, primary key and unique constraints.
     */
    indexes: 'LikeMother' | 'None';
  };
  /**
   * How tables are loaded.
   */
  loading: {
    /**
     * How many tables are loaded at the same time.
     */
    maxParallelJobs: number;
    /**
     * How many COPY streams load one table; Auto: one for small tables, more for large ones.
     */
    streamsPerTable: number | string;
    /**
     * What to do where the version table is there already with other content. The same content is never loaded twice, whatever is said here.
     */
    onExisting: 'Skip' | 'Replace' | 'Fail';
  };
  /**
   * How often a table is tried again after an error that may pass (connection lost, node gone).
   */
  retry: {
    /**
     * How often a Job is tried again.
     */
    limit: number;
  };
  /**
   * Bounds that protect against hostile or broken dumps.
   */
  limits: {
    /**
     * The largest DAT file, unpacked, in bytes (default 1 TiB).
     */
    maxEntryBytes: number;
    /**
     * The largest ratio of unpacked to packed size; deflate itself cannot pass 1032, so more than that is a lie.
     */
    maxCompressionRatio: number;
    /**
     * The largest schema file in bytes (default 1 MiB).
     */
    maxSchemaFileBytes: number;
    /**
     * The largest number of (dump, table) pairs of one run.
     */
    maxTables: number;
  };
  /**
   * What the Jobs of this run have beyond what Motherload gives them. A field left out is as the installation has it; labels and annotations are added to the installation's. A change holds for every Job whose runner is not at work. `motherload run` has no Jobs and takes no notice of it. Security settings are not among the fields: runner pods are always of the restricted standard, without a service account token.
   */
  jobTemplate: {
    /**
     * Labels for Jobs and pods.
     */
    labels?: {
      [k: string]: string;
    };
    /**
     * Annotations for Jobs and pods.
     */
    annotations?: {
      [k: string]: string;
    };
    /**
     * What the runner asks of its node. It takes the place of the installation's as a whole. A runner needs 192Mi of memory and one CPU core for each COPY stream, whatever the size of the table.
     */
    resources?: {
      /**
       * What a node must have free, for instance cpu 500m and memory 192Mi.
       */
      requests?: {
        [k: string]: number | string;
      };
      /**
       * What the runner may take, for instance memory 512Mi.
       */
      limits?: {
        [k: string]: number | string;
      };
    };
    /**
     * Labels that a node must have.
     */
    nodeSelector?: {
      [k: string]: string;
    };
    /**
     * Taints of nodes that the pods bear.
     *
     * @maxItems 50
     */
    tolerations?: {
      /**
       * The taint's key; without it every taint.
       */
      key?: string;
      /**
       * Equal (as without it): the taint has this value. Exists: whatever its value is.
       */
      operator?: 'Equal' | 'Exists';
      /**
       * The taint's value.
       */
      value?: string;
      /**
       * The taint's effect; without it every effect.
       */
      effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
      /**
       * How long a taint of effect NoExecute is borne.
       */
      tolerationSeconds?: number;
    }[];
    /**
     * To which nodes and near which pods the pods should or must be.
     */
    affinity?: {
      /**
       * Nodes by their labels.
       */
      nodeAffinity?: {
        /**
         * What a node must have.
         */
        requiredDuringSchedulingIgnoredDuringExecution?: {
          /**
           * A node must fit one of them.
           *
           * @minItems 1
           * @maxItems 20
           *
           * Items: The node's labels and fields.
           */
          nodeSelectorTerms: {
            /**
             * What the node's labels (matchExpressions) or fields (matchFields, metadata.name alone) must be; all of it.
             *
             * @maxItems 20
             */
            matchExpressions?: {
              /**
               * The label's name.
               */
              key: string;
              /**
               * How the label and the values stand to one another.
               */
              operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
              /**
               * The values: at least one for In and NotIn, a number for Gt and Lt, none for Exists and DoesNotExist.
               *
               * @maxItems 100
               */
              values?: string[];
            }[];
            /**
             * What the node's labels (matchExpressions) or fields (matchFields, metadata.name alone) must be; all of it.
             *
             * @maxItems 20
             */
            matchFields?: {
              /**
               * The label's name.
               */
              key: string;
              /**
               * How the label and the values stand to one another.
               */
              operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
              /**
               * The values: at least one for In and NotIn, a number for Gt and Lt, none for Exists and DoesNotExist.
               *
               * @maxItems 100
               */
              values?: string[];
            }[];
          }[];
        };
        /**
         * What a node should have.
         *
         * @maxItems 20
         */
        preferredDuringSchedulingIgnoredDuringExecution?: {
          /**
           * How much it counts.
           */
          weight: number;
          /**
           * The node's labels and fields.
           */
          preference: {
            /**
             * What the node's labels (matchExpressions) or fields (matchFields, metadata.name alone) must be; all of it.
             *
             * @maxItems 20
             */
            matchExpressions?: {
              /**
               * The label's name.
               */
              key: string;
              /**
               * How the label and the values stand to one another.
               */
              operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
              /**
               * The values: at least one for In and NotIn, a number for Gt and Lt, none for Exists and DoesNotExist.
               *
               * @maxItems 100
               */
              values?: string[];
            }[];
            /**
             * What the node's labels (matchExpressions) or fields (matchFields, metadata.name alone) must be; all of it.
             *
             * @maxItems 20
             */
            matchFields?: {
              /**
               * The label's name.
               */
              key: string;
              /**
               * How the label and the values stand to one another.
               */
              operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
              /**
               * The values: at least one for In and NotIn, a number for Gt and Lt, none for Exists and DoesNotExist.
               *
               * @maxItems 100
               */
              values?: string[];
            }[];
          };
        }[];
      };
      /**
       * Pods to be near to (podAffinity) or far from (podAntiAffinity).
       */
      podAffinity?: {
        /**
         * What must be.
         *
         * @maxItems 20
         *
         * Items: Which pods, and what is near.
         */
        requiredDuringSchedulingIgnoredDuringExecution?: {
          /**
           * The label of nodes that tells what is near: nodes with the same value are.
           */
          topologyKey: string;
          /**
           * Which pods (labelSelector) or which namespaces (namespaceSelector), by their labels.
           */
          labelSelector?: {
            /**
             * Labels that they have.
             */
            matchLabels?: {
              [k: string]: string;
            };
            /**
             * What the labels must be; all of it.
             *
             * @maxItems 20
             */
            matchExpressions?: {
              /**
               * The label's name.
               */
              key: string;
              /**
               * How the label and the values stand to one another.
               */
              operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
              /**
               * The values: at least one for In and NotIn, none for Exists and DoesNotExist.
               *
               * @maxItems 100
               */
              values?: string[];
            }[];
          };
          /**
           * Which pods (labelSelector) or which namespaces (namespaceSelector), by their labels.
           */
          namespaceSelector?: {
            /**
             * Labels that they have.
             */
            matchLabels?: {
              [k: string]: string;
            };
            /**
             * What the labels must be; all of it.
             *
             * @maxItems 20
             */
            matchExpressions?: {
              /**
               * The label's name.
               */
              key: string;
              /**
               * How the label and the values stand to one another.
               */
              operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
              /**
               * The values: at least one for In and NotIn, none for Exists and DoesNotExist.
               *
               * @maxItems 100
               */
              values?: string[];
            }[];
          };
          /**
           * Which namespaces, by name; without them and namespaceSelector the DumpIngestion's own.
           *
           * @maxItems 50
           */
          namespaces?: string[];
        }[];
        /**
         * What should be.
         *
         * @maxItems 20
         */
        preferredDuringSchedulingIgnoredDuringExecution?: {
          /**
           * How much it counts.
           */
          weight: number;
          /**
           * Which pods, and what is near.
           */
          podAffinityTerm: {
            /**
             * The label of nodes that tells what is near: nodes with the same value are.
             */
            topologyKey: string;
            /**
             * Which pods (labelSelector) or which namespaces (namespaceSelector), by their labels.
             */
            labelSelector?: {
              /**
               * Labels that they have.
               */
              matchLabels?: {
                [k: string]: string;
              };
              /**
               * What the labels must be; all of it.
               *
               * @maxItems 20
               */
              matchExpressions?: {
                /**
                 * The label's name.
                 */
                key: string;
                /**
                 * How the label and the values stand to one another.
                 */
                operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
                /**
                 * The values: at least one for In and NotIn, none for Exists and DoesNotExist.
                 *
                 * @maxItems 100
                 */
                values?: string[];
              }[];
            };
            /**
             * Which pods (labelSelector) or which namespaces (namespaceSelector), by their labels.
             */
            namespaceSelector?: {
              /**
               * Labels that they have.
               */
              matchLabels?: {
                [k: string]: string;
              };
              /**
               * What the labels must be; all of it.
               *
               * @maxItems 20
               */
              matchExpressions?: {
                /**
                 * The label's name.
                 */
                key: string;
                /**
                 * How the label and the values stand to one another.
                 */
                operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
                /**
                 * The values: at least one for In and NotIn, none for Exists and DoesNotExist.
                 *
                 * @maxItems 100
                 */
                values?: string[];
              }[];
            };
            /**
             * Which namespaces, by name; without them and namespaceSelector the DumpIngestion's own.
             *
             * @maxItems 50
             */
            namespaces?: string[];
          };
        }[];
      };
      /**
       * Pods to be near to (podAffinity) or far from (podAntiAffinity).
       */
      podAntiAffinity?: {
        /**
         * What must be.
         *
         * @maxItems 20
         *
         * Items: Which pods, and what is near.
         */
        requiredDuringSchedulingIgnoredDuringExecution?: {
          /**
           * The label of nodes that tells what is near: nodes with the same value are.
           */
          topologyKey: string;
          /**
           * Which pods (labelSelector) or which namespaces (namespaceSelector), by their labels.
           */
          labelSelector?: {
            /**
             * Labels that they have.
             */
            matchLabels?: {
              [k: string]: string;
            };
            /**
             * What the labels must be; all of it.
             *
             * @maxItems 20
             */
            matchExpressions?: {
              /**
               * The label's name.
               */
              key: string;
              /**
               * How the label and the values stand to one another.
               */
              operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
              /**
               * The values: at least one for In and NotIn, none for Exists and DoesNotExist.
               *
               * @maxItems 100
               */
              values?: string[];
            }[];
          };
          /**
           * Which pods (labelSelector) or which namespaces (namespaceSelector), by their labels.
           */
          namespaceSelector?: {
            /**
             * Labels that they have.
             */
            matchLabels?: {
              [k: string]: string;
            };
            /**
             * What the labels must be; all of it.
             *
             * @maxItems 20
             */
            matchExpressions?: {
              /**
               * The label's name.
               */
              key: string;
              /**
               * How the label and the values stand to one another.
               */
              operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
              /**
               * The values: at least one for In and NotIn, none for Exists and DoesNotExist.
               *
               * @maxItems 100
               */
              values?: string[];
            }[];
          };
          /**
           * Which namespaces, by name; without them and namespaceSelector the DumpIngestion's own.
           *
           * @maxItems 50
           */
          namespaces?: string[];
        }[];
        /**
         * What should be.
         *
         * @maxItems 20
         */
        preferredDuringSchedulingIgnoredDuringExecution?: {
          /**
           * How much it counts.
           */
          weight: number;
          /**
           * Which pods, and what is near.
           */
          podAffinityTerm: {
            /**
             * The label of nodes that tells what is near: nodes with the same value are.
             */
            topologyKey: string;
            /**
             * Which pods (labelSelector) or which namespaces (namespaceSelector), by their labels.
             */
            labelSelector?: {
              /**
               * Labels that they have.
               */
              matchLabels?: {
                [k: string]: string;
              };
              /**
               * What the labels must be; all of it.
               *
               * @maxItems 20
               */
              matchExpressions?: {
                /**
                 * The label's name.
                 */
                key: string;
                /**
                 * How the label and the values stand to one another.
                 */
                operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
                /**
                 * The values: at least one for In and NotIn, none for Exists and DoesNotExist.
                 *
                 * @maxItems 100
                 */
                values?: string[];
              }[];
            };
            /**
             * Which pods (labelSelector) or which namespaces (namespaceSelector), by their labels.
             */
            namespaceSelector?: {
              /**
               * Labels that they have.
               */
              matchLabels?: {
                [k: string]: string;
              };
              /**
               * What the labels must be; all of it.
               *
               * @maxItems 20
               */
              matchExpressions?: {
                /**
                 * The label's name.
                 */
                key: string;
                /**
                 * How the label and the values stand to one another.
                 */
                operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
                /**
                 * The values: at least one for In and NotIn, none for Exists and DoesNotExist.
                 *
                 * @maxItems 100
                 */
                values?: string[];
              }[];
            };
            /**
             * Which namespaces, by name; without them and namespaceSelector the DumpIngestion's own.
             *
             * @maxItems 50
             */
            namespaces?: string[];
          };
        }[];
      };
    };
    /**
     * How evenly the pods are spread over zones, nodes and the like.
     *
     * @maxItems 10
     */
    topologySpreadConstraints?: {
      /**
       * By how many pods two places may differ.
       */
      maxSkew: number;
      /**
       * The label of nodes that tells their place, for instance topology.kubernetes.io/zone.
       */
      topologyKey: string;
      /**
       * Whether a pod waits where it would be uneven.
       */
      whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway';
      /**
       * The least number of places; with DoNotSchedule alone.
       */
      minDomains?: number;
      /**
       * Which pods (labelSelector) or which namespaces (namespaceSelector), by their labels.
       */
      labelSelector?: {
        /**
         * Labels that they have.
         */
        matchLabels?: {
          [k: string]: string;
        };
        /**
         * What the labels must be; all of it.
         *
         * @maxItems 20
         */
        matchExpressions?: {
          /**
           * The label's name.
           */
          key: string;
          /**
           * How the label and the values stand to one another.
           */
          operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
          /**
           * The values: at least one for In and NotIn, none for Exists and DoesNotExist.
           *
           * @maxItems 100
           */
          values?: string[];
        }[];
      };
    }[];
    /**
     * The PriorityClass of the pods.
     */
    priorityClassName?: string;
    /**
     * The ServiceAccount that the pods run as, of the same namespace, for instance because policies or image pull secrets are bound to it. Its token is not given to them.
     */
    serviceAccountName?: string;
    /**
     * Secrets, of the same namespace, to pull the runner's image with.
     *
     * @maxItems 20
     */
    imagePullSecrets?: {
      /**
       * The Secret's name.
       */
      name: string;
    }[];
    /**
     * The longest that one Job, that is, the load of one table with all its attempts, may take. Then it is failed with DeadlineExceeded. The time in a queue does not count.
     */
    activeDeadlineSeconds?: number;
    /**
     * How long a Job and its logs stay after its end. Less than a minute might not be long enough for its result to be read.
     */
    ttlSecondsAfterFinished?: number;
  };
  /**
   * The queue (a LocalQueue of Kueue in the same namespace) that admits the Jobs. Each Job is created suspended, with the label kueue.x-k8s.io/queue-name, and holds one of spec.loading.maxParallelJobs places while it waits. Motherload never admits it itself. `motherload run` knows no queues.
   */
  queueName?: string;
  /**
   * How long after its end the DumpIngestion is deleted, with its TableIngestions and its Jobs; the tables in the database stay. Without it, it stays until somebody deletes it.
   */
  ttlSecondsAfterFinished?: number;
  /**
   * While true no new Job is started; running ones go on to their end.
   */
  suspend: boolean;
}

/**
 * What is known of the run; written by the operator.
 */
export interface DumpIngestionStatus {
  /**
   * The generation of the spec that this status speaks of.
   */
  observedGeneration?: number;
  /**
   * A one-word summary of the conditions.
   */
  phase?: 'Pending' | 'Cataloguing' | 'Loading' | 'Finishing' | 'Complete' | 'Failed' | 'Suspended';
  /**
   * What happens now or what went wrong first.
   */
  message?: string;
  /**
   * Catalogued, Progressing, Complete, Failed and Suspended, in the usual form.
   */
  conditions?: {
    /**
     * The condition's name.
     */
    type: string;
    /**
     * Whether it holds.
     */
    status: 'True' | 'False' | 'Unknown';
    /**
     * The generation it speaks of.
     */
    observedGeneration?: number;
    /**
     * When its status last changed.
     */
    lastTransitionTime: string;
    /**
     * A CamelCase word for programs.
     */
    reason: string;
    /**
     * A sentence for people.
     */
    message: string;
  }[];
  /**
   * Tables by state.
   */
  tables?: {
    /**
     * Tables finished of tables to load, for instance 5/8.
     */
    summary?: string;
    /**
     * All (dump, table) pairs of the catalogue.
     */
    total?: number;
    /**
     * Waiting for a place.
     */
    pending?: number;
    /**
     * Being loaded.
     */
    running?: number;
    /**
     * Loaded by this run.
     */
    loaded?: number;
    /**
     * Found loaded with the same content.
     */
    alreadyLoaded?: number;
    /**
     * Left out by the manifest's rules.
     */
    skipped?: number;
    /**
     * Not loaded because of an error.
     */
    failed?: number;
  };
  /**
   * Rows loaded by this run.
   */
  rows?: number;
  /**
   * Bytes of DAT text loaded by this run.
   */
  bytes?: number;
  /**
   * Bytes of DAT text of all tables to load.
   */
  totalBytes?: number;
  /**
   * Share of the compressed bytes that has been read.
   */
  percent?: number;
  /**
   * Megabytes (10^6 bytes) of DAT text a second since the first load began, for instance 84.2.
   */
  megabytesPerSecond?: string;
  /**
   * Rows a second since the first load began.
   */
  rowsPerSecond?: number;
  /**
   * Time left, by compressed bytes still to read and by tables still to load, whichever takes longer.
   */
  secondsLeft?: number;
  /**
   * The versions found (the first 1000).
   */
  versions?: string[];
  /**
   * The first ten failures.
   */
  failures?: {
    /**
     * Who can mend it: fix the data, fix the manifest, or wait and retry.
     */
    kind: 'Data' | 'Manifest' | 'Transient';
    /**
     * A stable name of the error.
     */
    code: string;
    /**
     * What happened and what to do.
     */
    message: string;
    /**
     * The dump or the file in it.
     */
    file?: string;
    /**
     * The table.
     */
    table?: string;
    /**
     * The line in the DAT file, from 1, the header included.
     */
    line?: number;
    /**
     * The column.
     */
    column?: string;
    /**
     * The offending line, shortened.
     */
    record?: string;
  }[];
  /**
   * How long the catalogue took.
   */
  catalogueSeconds?: number;
  /**
   * When the run began.
   */
  startTime?: string;
  /**
   * When it ended.
   */
  completionTime?: string;
}

/**
 * What the catalogue found and decided.
 */
export interface TableIngestionSpec {
  /**
   * The DumpIngestion it belongs to.
   */
  ingestionName: string;
  /**
   * The dump.
   */
  dump: {
    /**
     * Its path below the folder of the dumps.
     */
    file: string;
    /**
     * The application's name from the file name.
     */
    app?: string;
    /**
     * The version from the file name.
     */
    version: string;
    /**
     * The dialect of its column types.
     */
    dialect?: string;
  };
  /**
   * The table's name in the dump, in lower case.
   */
  table: string;
  /**
   * The table that it becomes.
   */
  versionTable?: string;
  /**
   * The mother table; absent where it has none.
   */
  mother?: string;
  /**
   * The DAT entry; absent where the dump has none for this table.
   */
  dat?: {
    /**
     * The entry's name in the ZIP.
     */
    entry: string;
    /**
     * Its declared size unpacked.
     */
    bytes: number;
    /**
     * Its size in the ZIP.
     */
    compressedBytes: number;
    /**
     * Its declared CRC-32 in hexadecimal digits.
     */
    crc32: string;
  };
  /**
   * The schema entry; absent where the dump has none for this table.
   */
  schemaFile?: {
    /**
     * The entry's name in the ZIP.
     */
    entry: string;
    /**
     * Its size unpacked.
     */
    bytes: number;
    /**
     * Its CRC-32 in hexadecimal digits.
     */
    crc32: string;
  };
  /**
   * What is done with it.
   */
  decision: 'Load' | 'Skip' | 'Fail';
  /**
   * A CamelCase word that says why.
   */
  reason: string;
  /**
   * A sentence that says why.
   */
  message: string;
  /**
   * The error for which it cannot be loaded; there where the decision is Fail.
   */
  failure?: {
    /**
     * Who can mend it: fix the data, fix the manifest, or wait and retry.
     */
    kind: 'Data' | 'Manifest' | 'Transient';
    /**
     * A stable name of the error.
     */
    code: string;
    /**
     * What happened and what to do.
     */
    message: string;
    /**
     * The dump or the file in it.
     */
    file?: string;
    /**
     * The table.
     */
    table?: string;
    /**
     * The line in the file, from 1.
     */
    line?: number;
    /**
     * The column.
     */
    column?: string;
    /**
     * The offending line, shortened.
     */
    record?: string;
  };
}

/**
 * How far it is; written by the operator.
 */
export interface TableIngestionStatus {
  /**
   * The generation of the spec that this status speaks of.
   */
  observedGeneration?: number;
  /**
   * Where it stands.
   */
  phase?: 'Pending' | 'Running' | 'Loaded' | 'AlreadyLoaded' | 'Skipped' | 'Failed';
  /**
   * Why it is where it is.
   */
  message?: string;
  /**
   * Progressing, Complete and Failed, in the usual form.
   */
  conditions?: {
    /**
     * The condition's name.
     */
    type: string;
    /**
     * Whether it holds.
     */
    status: 'True' | 'False' | 'Unknown';
    /**
     * The generation it speaks of.
     */
    observedGeneration?: number;
    /**
     * When its status last changed.
     */
    lastTransitionTime: string;
    /**
     * A CamelCase word for programs.
     */
    reason: string;
    /**
     * A sentence for people.
     */
    message: string;
  }[];
  /**
   * The Job that loads it.
   */
  jobName?: string;
  /**
   * How often it was tried.
   */
  attempts?: number;
  /**
   * How many COPY streams loaded it.
   */
  streams?: number;
  /**
   * Rows loaded.
   */
  rows?: number;
  /**
   * Bytes of DAT text loaded.
   */
  bytes?: number;
  /**
   * Share of the compressed bytes that has been read.
   */
  percent?: number;
  /**
   * Megabytes (10^6 bytes) of DAT text a second, for instance 84.2.
   */
  megabytesPerSecond?: string;
  /**
   * Rows a second.
   */
  rowsPerSecond?: number;
  /**
   * Time left, by compressed bytes still to read.
   */
  secondsLeft?: number;
  /**
   * How long each step took.
   */
  seconds?: {
    [k: string]: number;
  };
  /**
   * What the column plan wants known (the first ten).
   */
  warnings?: string[];
  /**
   * The error that stopped it.
   */
  failure?: {
    /**
     * Who can mend it: fix the data, fix the manifest, or wait and retry.
     */
    kind: 'Data' | 'Manifest' | 'Transient';
    /**
     * A stable name of the error.
     */
    code: string;
    /**
     * What happened and what to do.
     */
    message: string;
    /**
     * The dump or the file in it.
     */
    file?: string;
    /**
     * The table.
     */
    table?: string;
    /**
     * The line in the DAT file, from 1, the header included.
     */
    line?: number;
    /**
     * The column.
     */
    column?: string;
    /**
     * The offending line, shortened.
     */
    record?: string;
  };
  /**
   * When its load began.
   */
  startTime?: string;
  /**
   * When it ended.
   */
  completionTime?: string;
}
