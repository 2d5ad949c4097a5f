// Generated from crds/*.yaml by `npm run generate`. Do not edit.
/**
 * What to load, from where, into which schema, and by which rules.
 */
export interface DumpIngestionSpec {
  /**
   * The location of the dumps: a volume, a bucket or a server; or the source database itself; exactly one.
   */
  source: {
    /**
     * A bucket of AWS S3, or of a server with its API: MinIO, Ceph, R2, Google Cloud Storage. Dumps are read where they lie, by ranges. `motherload run --dumps s3://BUCKET/PREFIX` reads another one.
     */
    s3?: {
      /**
       * The bucket's name.
       */
      bucket: string;
      /**
       * The folder of the dumps in the bucket, with or without a / at its end; empty for the whole bucket. Its subfolders are searched, too.
       */
      prefix: string;
      /**
       * The server's URL, for example https://minio.example:9000; without it AWS S3 in the region.
       */
      endpoint?: string;
      /**
       * The bucket's region; without it that of the environment (AWS_REGION), or else us-east-1. R2's is auto.
       */
      region?: string;
      /**
       * Whether the bucket is in the path (endpoint/bucket) and not in the host name; by default if there is an endpoint.
       */
      forcePathStyle?: boolean;
      /**
       * The Secret, in the same namespace, with the access key. Without it Jobs use the identity of the ServiceAccount in spec.jobTemplate (IRSA or EKS Pod Identity), and `motherload run` the environment: AWS_ACCESS_KEY_ID, or AWS_PROFILE.
       */
      credentialsSecretRef?: {
        /**
         * The Secret's name.
         */
        name: string;
        /**
         * The key with the access key's ID.
         */
        accessKeyIdKey: string;
        /**
         * The key with the secret access key.
         */
        secretAccessKeyKey: string;
        /**
         * The key with the session token of temporary credentials; the Secret need not have it.
         */
        sessionTokenKey: string;
      };
      /**
       * The Secret, in the same namespace, with the authority that signed the server's certificate, as PEM; public ones are known.
       */
      caSecretRef?: {
        /**
         * The Secret's name.
         */
        name: string;
        /**
         * The key with the certificate.
         */
        key: string;
      };
    };
    /**
     * Dumps on web servers that answer the header Range. They are read where they lie.
     */
    https?: {
      /**
       * The dumps' URLs. A dump's path is that of its URL, for example exports/crm_v1.zip. For URLs whose query is a signature use indexUrl: everybody who may read this object could use them.
       *
       * @minItems 1
       * @maxItems 200
       */
      urls?: string[];
      /**
       * The URL of a list of dumps: one URL a line, or a JSON list of texts. Relative ones count from it.
       */
      indexUrl?: string;
      /**
       * The Secret, in the same namespace, with headers for the servers that urls or indexUrl name, one a line, for example "Authorization: Bearer ...". Other servers, to which a redirect or the index leads, do not get them.
       */
      headersSecretRef?: {
        /**
         * The Secret's name.
         */
        name: string;
        /**
         * The key with the headers.
         */
        key: string;
      };
      /**
       * The Secret, in the same namespace, with the authority that signed the server's certificate, as PEM; public ones are known.
       */
      caSecretRef?: {
        /**
         * The Secret's name.
         */
        name: string;
        /**
         * The key with the certificate.
         */
        key: string;
      };
    };
    /**
     * How encrypted dumps are read. They are decrypted on their way to the database, and nothing of them is written to a disk.
     */
    decryption?: {
      /**
       * OpenPGP messages, binary or armoured, which GnuPG decrypts. With it crm_v1.zip.gpg and crm_v1.zip.pgp are found where crm_v1.zip would be, by the same globs and the same pattern of names. `motherload run` takes --gpg-key and --gpg-passphrase-file, or else the user's own keys, where the files given with -f do not have the Secrets.
       */
      gpg?: {
        /**
         * The Secret, in the same namespace, with the secret key as gpg --export-secret-keys writes it, armoured or not.
         */
        keySecretRef?: {
          /**
           * The Secret's name.
           */
          name: string;
          /**
           * The key with the secret key.
           */
          key: string;
        };
        /**
         * The Secret, in the same namespace, with the passphrase: of the secret key, or of dumps that gpg --symmetric has encrypted.
         */
        passphraseSecretRef?: {
          /**
           * The Secret's name.
           */
          name: string;
          /**
           * The key with the passphrase. Its first line counts.
           */
          key: string;
        };
      };
      /**
       * Entries that a ZIP itself encrypts by AES (128, 192 or 256 bits), as 7-Zip and WinZip write them. `motherload run` takes --zip-password-file in place of the Secret. The old encryption of PKWARE is weak and is not read.
       */
      zip?: {
        /**
         * The Secret, in the same namespace, with the password of all encrypted ZIPs.
         */
        passwordSecretRef: {
          /**
           * The Secret's name.
           */
          name: string;
          /**
           * The key with the password. Its first line counts.
           */
          key: string;
        };
      };
    };
    /**
     * A database whose tables are read as they are, without dumps. Each table is one version table, of the version that is set here. Nothing is written to it, and a role that may SELECT is enough.
     */
    database?: {
      /**
       * The server: mysql for MySQL and MariaDB, mssql for Microsoft SQL Server and Azure SQL.
       */
      driver: 'mysql' | 'mssql';
      /**
       * The Secret, in the same namespace, with the connection's URI: mysql://USER:PASSWORD@HOST:PORT, where what is not a letter or digit is percent-encoded. ?ssl-mode=DISABLED, REQUIRED or VERIFY_IDENTITY says how far the server is trusted. Of SQL Server mssql://USER:PASSWORD@HOST:PORT/DATABASE, with ?encrypt and ?trustServerCertificate, see mssql-direct.md.
       */
      connectionSecretRef: {
        /**
         * The Secret's name.
         */
        name: string;
        /**
         * The key with the URI.
         */
        key: string;
      };
      /**
       * The Secret, in the same namespace, with the authority that signed the server's certificate, as PEM; public ones are known.
       */
      caSecretRef?: {
        /**
         * The Secret's name.
         */
        name: string;
        /**
         * The key with the certificate.
         */
        key: string;
      };
      /**
       * The schema with the tables, which MySQL also calls a database; of SQL Server for instance dbo. It is the {app} of spec.target.versionTableName.
       */
      schema: string;
      /**
       * Patterns of the tables to load; * stands for any characters, and case does not matter.
       *
       * @minItems 1
       * @maxItems 200
       */
      includeTables: string[];
      /**
       * Patterns of tables not to load; they take precedence over includeTables.
       *
       * @maxItems 200
       */
      excludeTables: string[];
      /**
       * The version of what is read, the {version} of spec.target.versionTableName.
       */
      version: string;
      /**
       * Which tables are read as of one moment: PerTable, each as of its own, or AllTables, so that rows that refer to each other fit. Then one connection of one Job reads them all, they are loaded in one transaction, all of them or none, and each run loads all of them. For the driver mysql and tables of InnoDB, at most 100.
       */
      snapshot: 'PerTable' | 'AllTables';
      /**
       * How many connections read at the same time; one for each load, of which spec.loading.maxParallelJobs run, where it is not set. With more than that each load has an equal share, and a large table of MySQL or MariaDB is read by all connections of its share if the user may LOCK TABLES.
       */
      maxParallelReads?: number;
    };
    /**
     * The volume with the dumps, like a volume source of a pod; exactly one. It is mounted read-only. `motherload run --dumps DIR` reads a local folder instead.
     */
    volume?: {
      /**
       * A PersistentVolumeClaim in the DumpIngestion's namespace.
       */
      persistentVolumeClaim?: {
        /**
         * The claim's name.
         */
        claimName: string;
        /**
         * Also attach the volume read-only.
         */
        readOnly: boolean;
      };
      /**
       * A folder exported by an NFS server.
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
         * Also mount it read-only.
         */
        readOnly: boolean;
      };
      /**
       * A folder of the node. Rejected unless the operator's chart allows it.
       */
      hostPath?: {
        /**
         * The folder's path on the node.
         */
        path: string;
        /**
         * The required type of the path, as in a pod's hostPath volume, for example Directory.
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
         * Also mount it read-only.
         */
        readOnly: boolean;
        /**
         * The file system's type.
         */
        fsType?: string;
        /**
         * Settings of the driver.
         */
        volumeAttributes?: {
          [k: string]: string;
        };
      };
      /**
       * An OCI image or artifact that contains the dumps (Kubernetes 1.33 or later).
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
     * The folder of the dumps in the volume; empty for the volume's root. Its subfolders are searched, too.
     */
    path: string;
    /**
     * Globs of the dumps to load, relative to the path.
     *
     * @minItems 1
     * @maxItems 100
     */
    include: string[];
    /**
     * Globs of dumps to exclude.
     *
     * @maxItems 100
     */
    exclude: string[];
  };
  /**
   * The names and the format of the dumps. The preset decides the fields that are not set.
   */
  format: {
    /**
     * What the dumps were written by, which decides the fields below that are not set, see formats.md. reference: separated by |, quoted by back-ticks, NULL as a word, LATIN1. csv: RFC 4180 with a header, empty for NULL, UTF8. bcp-char: bcp -c. bcp-custom: the same with terminators of your own. sqlcmd: sqlcmd -W -s "|". mysql-outfile: SELECT INTO OUTFILE. mysql-tab: mysqldump --tab. postgres-copy: COPY's text format. mysql-shell: util.dumpSchemas and the like of MySQL Shell.
     */
    preset:
      | 'reference'
      | 'csv'
      | 'bcp-char'
      | 'bcp-wide'
      | 'bcp-custom'
      | 'sqlcmd'
      | 'mysql-outfile'
      | 'mysql-tab'
      | 'postgres-copy'
      | 'mysql-shell';
    /**
     * The pattern of a dump's file name. {version} is required, {app} is optional. {version} is as short as possible, so my_app_v1.zip is version v1 of my_app.
     */
    dumpName: string;
    /**
     * The extension of schema files.
     */
    schemaExtension: string;
    /**
     * The extension of DAT files.
     */
    datExtension?: string;
    /**
     * The characters that separate fields; usually one, up to 16, all ASCII and none of them a backslash or line end. One alone must not be a lower-case letter, digit or '.'.
     */
    delimiter?: string;
    /**
     * The characters that end a record, up to 16 and all ASCII, for example "&|\n" in double quotes of YAML. If it is empty, records end with LF or CRLF.
     */
    recordTerminator?: string;
    /**
     * Whether every field but a record's last may have record terminators in it without quotes, as bcp writes them. Such a field ends with the next delimiter, wherever that is.
     */
    lineEndsInFields?: boolean;
    /**
     * Whether a text of one NUL byte is the empty string, as bcp writes it.
     */
    nulIsEmpty?: boolean;
    /**
     * The character that encloses quoted fields; one ASCII character, or empty if fields are not quoted.
     */
    quote?: string;
    /**
     * The character that escapes a quote in a quoted field; by default the quote itself, so quotes are doubled. A backslash with the dialect mysql or without a quote is MySQL's escape: it also escapes delimiters and line ends, and \t, \n, \r, \0 and \Z are control characters (escapesOutsideQuotes). Empty if a file without quotes has no escape.
     */
    escape?: string;
    /**
     * Whether a backslash as escape, beside a quote, is MySQL's: in fields without quotes, too, and before each character. If not, it only escapes quotes and itself, within quotes. By default it is MySQL's with the dialect mysql.
     */
    escapesOutsideQuotes?: boolean;
    /**
     * The unquoted value that means NULL. If it is empty, an empty unquoted field is NULL.
     */
    nullMarker?: string;
    /**
     * Whether the first line of DAT files has the column names. If not, columns are in the order of the schema file.
     */
    header?: boolean;
    /**
     * The encoding of DAT files: UTF16LE, UTF16BE, a DOS code page (CP437, CP850, ...), MACINTOSH, or one that PostgreSQL has, by its name (LATIN1, WIN1252, UTF8, ...). A byte order mark at the start of a file takes precedence.
     */
    encoding?: string;
    /**
     * Columns whose values are in another encoding than the rest of the DAT file, by name: MySQL writes each column in its own. UTF8 and single-byte encodings are possible.
     */
    columnEncodings?: {
      [k: string]: string;
    };
    /**
     * The order of day, month and year in dates such as 03/04/2020. Without it a date whose day and month could be either is refused.
     */
    dateOrder?: 'DMY' | 'MDY' | 'YMD';
    /**
     * What separates the decimals of numbers; the other one may separate thousands. Without it numbers have a point, and one such as 1,234 that could be either is refused.
     */
    decimalSeparator?: '.' | ',';
    /**
     * How to load MySQL's date 0000-00-00, which is not a day: Null loads it as NULL and counts it in a warning, Fail fails the table, Text makes each column of dates, and of dates with times, one of text, with all values as they are in the file.
     */
    zeroDates?: 'Null' | 'Fail' | 'Text';
    /**
     * Whether a quoted field that equals the null marker is NULL as well, for exporters that quote everything.
     */
    quotedNull?: boolean;
    /**
     * Whether each line ends with a delimiter after its last field.
     */
    trailingDelimiter?: boolean;
    /**
     * How values of binary columns are written: Hex (pairs of digits, with or without 0x), Base64, or Raw, which includes MySQL's BIT columns. Without it and with a preset of MySQL's server they are raw, and a column whose values could all be Hex or Base64 is refused; with the dialect postgresql digits have \x before them.
     */
    binaryValues?: 'Hex' | 'Base64' | 'Raw';
    /**
     * What surrounds the records. Sqlcmd: a line of dashes below the header and a last line such as (3 rows affected), whose number must be that of the records.
     */
    frame?: 'None' | 'Sqlcmd';
    /**
     * The dialect of the source's column types for dumps that match no rule: mssql, mysql, postgresql, or one of spec.format.dialects.
     */
    dialect?: string;
    /**
     * The dialects of dumps by name; the first rule whose glob matches applies.
     *
     * @maxItems 100
     */
    dialectRules: {
      /**
       * A glob for paths of dumps, for example crm_*.
       */
      dump: string;
      /**
       * The dialect's name.
       */
      dialect: string;
    }[];
    /**
     * Custom dialects. A dialect with the name of a built-in one replaces it.
     *
     * @maxItems 20
     */
    dialects: {
      /**
       * The dialect's name.
       */
      name: string;
      /**
       * The built-in dialect that it extends, if any.
       */
      extends?: 'mssql' | 'mysql' | 'postgresql';
      /**
       * The source of its type map.
       */
      typesFrom: {
        /**
         * A key of a ConfigMap in the same namespace. `motherload run` looks for the ConfigMap in the files given with -f.
         */
        configMapKeyRef: {
          /**
           * The ConfigMap's name.
           */
          name: string;
          /**
           * The key with the type map as YAML.
           */
          key: string;
        };
      };
    }[];
    /**
     * Formats of tables whose DAT files differ from the others; the first item whose pattern matches a table's name applies.
     *
     * @maxItems 100
     */
    tables: {
      /**
       * A table's name, in any case; * stands for any text and ? for one character, for example address*.
       */
      match: string;
      /**
       * The characters that separate fields; usually one, up to 16, all ASCII and none of them a backslash or line end. One alone must not be a lower-case letter, digit or '.'.
       */
      delimiter?: string;
      /**
       * The characters that end a record, up to 16 and all ASCII, for example "&|\n" in double quotes of YAML. If it is empty, records end with LF or CRLF.
       */
      recordTerminator?: string;
      /**
       * Whether every field but a record's last may have record terminators in it without quotes, as bcp writes them. Such a field ends with the next delimiter, wherever that is.
       */
      lineEndsInFields?: boolean;
      /**
       * Whether a text of one NUL byte is the empty string, as bcp writes it.
       */
      nulIsEmpty?: boolean;
      /**
       * The character that encloses quoted fields; one ASCII character, or empty if fields are not quoted.
       */
      quote?: string;
      /**
       * The character that escapes a quote in a quoted field; by default the quote itself, so quotes are doubled. A backslash with the dialect mysql or without a quote is MySQL's escape: it also escapes delimiters and line ends, and \t, \n, \r, \0 and \Z are control characters (escapesOutsideQuotes). Empty if a file without quotes has no escape.
       */
      escape?: string;
      /**
       * Whether a backslash as escape, beside a quote, is MySQL's: in fields without quotes, too, and before each character. If not, it only escapes quotes and itself, within quotes. By default it is MySQL's with the dialect mysql.
       */
      escapesOutsideQuotes?: boolean;
      /**
       * The unquoted value that means NULL. If it is empty, an empty unquoted field is NULL.
       */
      nullMarker?: string;
      /**
       * Whether the first line of DAT files has the column names. If not, columns are in the order of the schema file.
       */
      header?: boolean;
      /**
       * The encoding of DAT files: UTF16LE, UTF16BE, a DOS code page (CP437, CP850, ...), MACINTOSH, or one that PostgreSQL has, by its name (LATIN1, WIN1252, UTF8, ...). A byte order mark at the start of a file takes precedence.
       */
      encoding?: string;
      /**
       * Columns whose values are in another encoding than the rest of the DAT file, by name: MySQL writes each column in its own. UTF8 and single-byte encodings are possible.
       */
      columnEncodings?: {
        [k: string]: string;
      };
      /**
       * The order of day, month and year in dates such as 03/04/2020. Without it a date whose day and month could be either is refused.
       */
      dateOrder?: 'DMY' | 'MDY' | 'YMD';
      /**
       * What separates the decimals of numbers; the other one may separate thousands. Without it numbers have a point, and one such as 1,234 that could be either is refused.
       */
      decimalSeparator?: '.' | ',';
      /**
       * How to load MySQL's date 0000-00-00, which is not a day: Null loads it as NULL and counts it in a warning, Fail fails the table, Text makes each column of dates, and of dates with times, one of text, with all values as they are in the file.
       */
      zeroDates?: 'Null' | 'Fail' | 'Text';
      /**
       * Whether a quoted field that equals the null marker is NULL as well, for exporters that quote everything.
       */
      quotedNull?: boolean;
      /**
       * Whether each line ends with a delimiter after its last field.
       */
      trailingDelimiter?: boolean;
      /**
       * How values of binary columns are written: Hex (pairs of digits, with or without 0x), Base64, or Raw, which includes MySQL's BIT columns. Without it and with a preset of MySQL's server they are raw, and a column whose values could all be Hex or Base64 is refused; with the dialect postgresql digits have \x before them.
       */
      binaryValues?: 'Hex' | 'Base64' | 'Raw';
      /**
       * What surrounds the records. Sqlcmd: a line of dashes below the header and a last line such as (3 rows affected), whose number must be that of the records.
       */
      frame?: 'None' | 'Sqlcmd';
    }[];
    /**
     * What to do with a column whose type is not in the dialect: load it as text with a warning, or fail the table.
     */
    unknownTypes: 'Text' | 'Fail';
  };
  /**
   * The PostgreSQL database (14 to 18) and the schema to load into.
   */
  target: {
    /**
     * The Secret, in the same namespace, with the database's URI. `motherload run --database URI` overrides it.
     */
    databaseSecretRef: {
      /**
       * The Secret's name.
       */
      name: string;
      /**
       * The key with the URI.
       */
      key: string;
    };
    /**
     * Certificates for the connection, in the same namespace; every Job mounts them as files. With an authority the server's certificate and name are checked (sslmode=verify-full), unless the URI itself says verify-ca or require, and no other sslmode is allowed. `motherload run --database URI` does not use them: the URI names files by sslrootcert, sslcert, sslkey.
     */
    tls?: {
      /**
       * The Secret with the authority that signed the server's certificate, as PEM; for example CloudNativePG's CLUSTER-ca.
       */
      caSecretRef?: {
        /**
         * Its name.
         */
        name: string;
        /**
         * The key with the certificate.
         */
        key: string;
      };
      /**
       * The ConfigMap with that authority, instead of a Secret.
       */
      caConfigMapRef?: {
        /**
         * Its name.
         */
        name: string;
        /**
         * The key with the certificate.
         */
        key: string;
      };
      /**
       * The Secret of the type kubernetes.io/tls with the client's certificate and key (tls.crt and tls.key).
       */
      certificateSecretRef?: {
        /**
         * Its name.
         */
        name: string;
      };
    };
    /**
     * The schema of mother and version tables. It must exist, or the role must have permission to create it.
     */
    schema: string;
    /**
     * The schema of the ledger and of tables that are still being loaded.
     */
    ledgerSchema: string;
    /**
     * The pattern of version table names, with {app}, {version}, {table} and {folder}. {folder} is the folder of the dump, such as a tenant's, with _ between nested folders.
     */
    versionTableName: string;
  };
  /**
   * The mother tables, and what to do with tables that have none.
   */
  motherTables: {
    /**
     * Require: mother tables must exist. Create: missing mother tables are created. Purge: their version tables are dropped before the run, the mother tables are kept. Recreate: mother and version tables are dropped, and mother tables are created again. Purge and Recreate drop only tables that are in the ledger, and fail if other objects depend on them.
     */
    policy: 'Require' | 'Create' | 'Recreate' | 'Purge';
    /**
     * Explicit mother tables.
     *
     * @maxItems 2000
     */
    definitions: {
      /**
       * The table's name; it is the mother of the dumps' tables with this name.
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
         * Its PostgreSQL type, for example text or numeric(12,2).
         */
        type: string;
        /**
         * Whether NULL is not allowed.
         */
        notNull: boolean;
      }[];
    }[];
    /**
     * CommonColumns: the mother of a table that has none, and no definition, gets the columns that all versions have in common, each with the narrowest type that can hold the values of all versions. None: the table has no mother.
     */
    derive: 'CommonColumns' | 'None';
    /**
     * What to do with a table without a mother: skip it, load it as an independent table, or fail it.
     */
    withoutMother: 'Skip' | 'Load' | 'Fail';
    /**
     * Whether version tables get the indexes, primary key and unique constraints of the mother table.
     */
    indexes: 'LikeMother' | 'None';
    /**
     * What a version may change that disagrees with the versions below an existing mother table, see versions.md. A mother table with a definition is changed by its definition alone; Evolve is then Freeze for what versions bring.
     */
    contract: {
      /**
       * A column that neither the mother table nor any of its versions has. Evolve: it is added to the mother table, NULL in the versions without it. Freeze: only the version table gets it. Fail: the table is not loaded.
       */
      newColumns: 'Evolve' | 'Freeze' | 'Fail';
      /**
       * A column of the mother table that another version has and this one has not. Evolve: it is NULL, and NOT NULL is dropped from the mother table if need be. Freeze: it is NULL, or the load fails if the mother table has it NOT NULL. Fail: the table is not loaded.
       */
      missingColumns: 'Evolve' | 'Freeze' | 'Fail';
      /**
       * A column whose values the type of the mother table may not hold. Evolve: the mother table and all its versions get a wider type, if no value changes by that; otherwise the table is not loaded. Freeze: the type stays, and each value must fit. Fail: the table is not loaded.
       */
      changedTypes: 'Evolve' | 'Freeze' | 'Fail';
    };
    /**
     * How large a mother table and its versions, with their indexes, may be so that they are rewritten for a wider type. Nobody can read them meanwhile. `motherload plan` shows the size.
     */
    allowRewrite: number | string;
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
     * The number of COPY streams per table. Auto: one for small tables, more for large ones.
     */
    streamsPerTable: number | string;
    /**
     * How many small tables (up to 16 MiB) share a Job; larger ones have a Job of their own. Auto: as many as keep maxParallelJobs busy. Starting a pod takes far longer than loading a small table.
     */
    tablesPerJob: number | string;
    /**
     * The CPU that the Job of a load requests. Template: what jobTemplate says, whatever the table's size. Auto: what its streams and bytes need, and no more than jobTemplate says, so that more small tables fit on a node. A runner's memory does not follow the size of a table.
     */
    resources: 'Template' | 'Auto';
    /**
     * What to do if the version table exists with different content, or without the rows that were loaded. The same content is never loaded twice, whatever this is set to.
     */
    onExisting: 'Skip' | 'Replace' | 'Fail';
  };
  /**
   * How many records that cannot be loaded a table may have. They are kept whole, with the reason, in the table rejects of the ledger's schema. With more than these, and by default with the first one, the table fails and nothing of it is loaded.
   */
  rejects?: {
    /**
     * The maximum number of rejects of a table; if only percent is set, there is none.
     */
    limit?: number;
    /**
     * The maximum percentage of a table's records, in addition to limit.
     */
    percent?: number;
  };
  /**
   * What becomes of a dump once all of its tables are loaded; by default nothing. The finish Job does it, which asks the ledger and not the status whether they are. What was done is in the table dumps of the ledger's schema.
   */
  archive?: {
    /**
     * Keep: nothing. Copy: the dump also lies in the archive. Move: it lies only there. Delete: it is gone. A copy is compared with the original before the original is removed, and nothing that lies in the archive is overwritten. With Move and Delete a run that finds no dump is complete.
     */
    action: 'Keep' | 'Copy' | 'Move' | 'Delete';
    /**
     * The folder of the archive: in spec.archive.volume, or else in the volume of the dumps, counted from the volume's root; in a bucket the prefix. No dump is searched for in it.
     */
    path: string;
    /**
     * The path of an archived dump in that folder. {file} is its path below spec.source.path, {name} the last part of that, {folder} what is before it, {version} and {app} are those of spec.format.dumpName, {date} is the day of its catalogue in UTC such as 2026-11-29, {ingestion} the DumpIngestion's name, {run} its uid.
     */
    name: string;
    /**
     * Whether a dump is also archived if tables of it could not be loaded. Not with Delete.
     */
    evenIfTablesFailed: boolean;
    /**
     * Another volume for the archive, mounted in the finish Job alone; by default the one with the dumps, which is then mounted writable there. `motherload run --archive DIR` uses a local folder instead.
     */
    volume?: {
      /**
       * A PersistentVolumeClaim in the DumpIngestion's namespace.
       */
      persistentVolumeClaim?: {
        /**
         * The claim's name.
         */
        claimName: string;
      };
      /**
       * A folder exported by an NFS server.
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
      };
      /**
       * A folder of the node. Rejected unless the operator's chart allows it.
       */
      hostPath?: {
        /**
         * The folder's path on the node.
         */
        path: string;
        /**
         * The required type of the path, as in a pod's hostPath volume, for example Directory.
         */
        type?: string;
      };
    };
  };
  /**
   * What of a dump may be seen by those who may read the resources and logs.
   */
  privacy?: {
    /**
     * Whether values of a dump, such as a record that cannot be loaded, may be in statuses, events and logs. Their file, line and column always are. By default the installation decides (Hidden, unless the chart's records is Shown); `motherload run` shows them.
     */
    records?: 'Shown' | 'Hidden';
  };
  /**
   * Retries after transient errors (a lost connection, a failed node).
   */
  retry: {
    /**
     * How often a Job is retried.
     */
    limit: number;
  };
  /**
   * Limits that protect against malicious or corrupt dumps.
   */
  limits: {
    /**
     * The maximum uncompressed size of a DAT file, in bytes (default 1 TiB).
     */
    maxEntryBytes: number;
    /**
     * The maximum ratio of uncompressed to compressed size. Deflate cannot exceed 1032, so a higher ratio cannot be true.
     */
    maxCompressionRatio: number;
    /**
     * The maximum size of a schema file, in bytes (default 1 MiB).
     */
    maxSchemaFileBytes: number;
    /**
     * The maximum number of (dump, table) pairs of a run.
     */
    maxTables: number;
  };
  /**
   * Additional settings for the Jobs of this run. Fields that are not set have the installation's values; labels and annotations are merged with the installation's. A change applies to all Jobs whose runner is not running. `motherload run` has no Jobs and ignores it. There are no fields for security settings: runner pods always satisfy the restricted standard, without a service account token.
   */
  jobTemplate: {
    /**
     * Labels for Jobs and pods; only those that the installation allows (runner.allowedLabels in the chart).
     */
    labels?: {
      [k: string]: string;
    };
    /**
     * Annotations for Jobs and pods; only those that the installation allows (runner.allowedAnnotations in the chart).
     */
    annotations?: {
      [k: string]: string;
    };
    /**
     * The runner's resources. They replace the installation's as a whole. A runner needs 192Mi of memory and one CPU core per COPY stream, whatever the size of the table.
     */
    resources?: {
      /**
       * What is reserved on the node, for example cpu 500m and memory 192Mi.
       */
      requests?: {
        /**
         * A Kubernetes quantity, for example 500m, 2 or 192Mi.
         */
        [k: string]: number | string;
      };
      /**
       * What the runner may use, for example memory 512Mi.
       */
      limits?: {
        /**
         * A Kubernetes quantity, for example 500m, 2 or 192Mi.
         */
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
     * Node taints that the pods tolerate.
     *
     * @maxItems 50
     */
    tolerations?: {
      /**
       * The taint's key; if not set, every taint.
       */
      key?: string;
      /**
       * Equal (the default): the taint must have this value. Exists: any value.
       */
      operator?: 'Equal' | 'Exists';
      /**
       * The taint's value.
       */
      value?: string;
      /**
       * The taint's effect; if not set, every effect.
       */
      effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
      /**
       * How long a taint with effect NoExecute is tolerated.
       */
      tolerationSeconds?: number;
    }[];
    /**
     * On which nodes, and near which pods, the pods should or must run.
     */
    affinity?: {
      /**
       * Nodes by their labels.
       */
      nodeAffinity?: {
        /**
         * Required node labels and fields.
         */
        requiredDuringSchedulingIgnoredDuringExecution?: {
          /**
           * A node must match one of them.
           *
           * @minItems 1
           * @maxItems 20
           *
           * Items: The node's labels and fields.
           */
          nodeSelectorTerms: {
            /**
             * Requirements for the node's labels (matchExpressions) or fields (matchFields, only metadata.name); a node must meet all of them.
             *
             * @maxItems 20
             */
            matchExpressions?: {
              /**
               * The label's name.
               */
              key: string;
              /**
               * The relation between the label and the values.
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
             * Requirements for the node's labels (matchExpressions) or fields (matchFields, only metadata.name); a node must meet all of them.
             *
             * @maxItems 20
             */
            matchFields?: {
              /**
               * The label's name.
               */
              key: string;
              /**
               * The relation between the label and the values.
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
         * Preferred node labels and fields.
         *
         * @maxItems 20
         */
        preferredDuringSchedulingIgnoredDuringExecution?: {
          /**
           * Its weight.
           */
          weight: number;
          /**
           * The node's labels and fields.
           */
          preference: {
            /**
             * Requirements for the node's labels (matchExpressions) or fields (matchFields, only metadata.name); a node must meet all of them.
             *
             * @maxItems 20
             */
            matchExpressions?: {
              /**
               * The label's name.
               */
              key: string;
              /**
               * The relation between the label and the values.
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
             * Requirements for the node's labels (matchExpressions) or fields (matchFields, only metadata.name); a node must meet all of them.
             *
             * @maxItems 20
             */
            matchFields?: {
              /**
               * The label's name.
               */
              key: string;
              /**
               * The relation between the label and the values.
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
       * Pods to run near to (podAffinity) or far from (podAntiAffinity).
       */
      podAffinity?: {
        /**
         * Required rules.
         *
         * @maxItems 20
         *
         * Items: The pods, and what counts as near.
         */
        requiredDuringSchedulingIgnoredDuringExecution?: {
          /**
           * The node label that defines what is near: nodes with the same value are.
           */
          topologyKey: string;
          /**
           * Selects pods (labelSelector) or namespaces (namespaceSelector) by their labels.
           */
          labelSelector?: {
            /**
             * Labels that they must have.
             */
            matchLabels?: {
              [k: string]: string;
            };
            /**
             * Requirements for the labels; they must meet all of them.
             *
             * @maxItems 20
             */
            matchExpressions?: {
              /**
               * The label's name.
               */
              key: string;
              /**
               * The relation between the label and the values.
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
           * Selects pods (labelSelector) or namespaces (namespaceSelector) by their labels.
           */
          namespaceSelector?: {
            /**
             * Labels that they must have.
             */
            matchLabels?: {
              [k: string]: string;
            };
            /**
             * Requirements for the labels; they must meet all of them.
             *
             * @maxItems 20
             */
            matchExpressions?: {
              /**
               * The label's name.
               */
              key: string;
              /**
               * The relation between the label and the values.
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
           * The namespaces by name; without them and namespaceSelector, the DumpIngestion's namespace.
           *
           * @maxItems 50
           */
          namespaces?: string[];
        }[];
        /**
         * Preferred rules.
         *
         * @maxItems 20
         */
        preferredDuringSchedulingIgnoredDuringExecution?: {
          /**
           * Its weight.
           */
          weight: number;
          /**
           * The pods, and what counts as near.
           */
          podAffinityTerm: {
            /**
             * The node label that defines what is near: nodes with the same value are.
             */
            topologyKey: string;
            /**
             * Selects pods (labelSelector) or namespaces (namespaceSelector) by their labels.
             */
            labelSelector?: {
              /**
               * Labels that they must have.
               */
              matchLabels?: {
                [k: string]: string;
              };
              /**
               * Requirements for the labels; they must meet all of them.
               *
               * @maxItems 20
               */
              matchExpressions?: {
                /**
                 * The label's name.
                 */
                key: string;
                /**
                 * The relation between the label and the values.
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
             * Selects pods (labelSelector) or namespaces (namespaceSelector) by their labels.
             */
            namespaceSelector?: {
              /**
               * Labels that they must have.
               */
              matchLabels?: {
                [k: string]: string;
              };
              /**
               * Requirements for the labels; they must meet all of them.
               *
               * @maxItems 20
               */
              matchExpressions?: {
                /**
                 * The label's name.
                 */
                key: string;
                /**
                 * The relation between the label and the values.
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
             * The namespaces by name; without them and namespaceSelector, the DumpIngestion's namespace.
             *
             * @maxItems 50
             */
            namespaces?: string[];
          };
        }[];
      };
      /**
       * Pods to run near to (podAffinity) or far from (podAntiAffinity).
       */
      podAntiAffinity?: {
        /**
         * Required rules.
         *
         * @maxItems 20
         *
         * Items: The pods, and what counts as near.
         */
        requiredDuringSchedulingIgnoredDuringExecution?: {
          /**
           * The node label that defines what is near: nodes with the same value are.
           */
          topologyKey: string;
          /**
           * Selects pods (labelSelector) or namespaces (namespaceSelector) by their labels.
           */
          labelSelector?: {
            /**
             * Labels that they must have.
             */
            matchLabels?: {
              [k: string]: string;
            };
            /**
             * Requirements for the labels; they must meet all of them.
             *
             * @maxItems 20
             */
            matchExpressions?: {
              /**
               * The label's name.
               */
              key: string;
              /**
               * The relation between the label and the values.
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
           * Selects pods (labelSelector) or namespaces (namespaceSelector) by their labels.
           */
          namespaceSelector?: {
            /**
             * Labels that they must have.
             */
            matchLabels?: {
              [k: string]: string;
            };
            /**
             * Requirements for the labels; they must meet all of them.
             *
             * @maxItems 20
             */
            matchExpressions?: {
              /**
               * The label's name.
               */
              key: string;
              /**
               * The relation between the label and the values.
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
           * The namespaces by name; without them and namespaceSelector, the DumpIngestion's namespace.
           *
           * @maxItems 50
           */
          namespaces?: string[];
        }[];
        /**
         * Preferred rules.
         *
         * @maxItems 20
         */
        preferredDuringSchedulingIgnoredDuringExecution?: {
          /**
           * Its weight.
           */
          weight: number;
          /**
           * The pods, and what counts as near.
           */
          podAffinityTerm: {
            /**
             * The node label that defines what is near: nodes with the same value are.
             */
            topologyKey: string;
            /**
             * Selects pods (labelSelector) or namespaces (namespaceSelector) by their labels.
             */
            labelSelector?: {
              /**
               * Labels that they must have.
               */
              matchLabels?: {
                [k: string]: string;
              };
              /**
               * Requirements for the labels; they must meet all of them.
               *
               * @maxItems 20
               */
              matchExpressions?: {
                /**
                 * The label's name.
                 */
                key: string;
                /**
                 * The relation between the label and the values.
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
             * Selects pods (labelSelector) or namespaces (namespaceSelector) by their labels.
             */
            namespaceSelector?: {
              /**
               * Labels that they must have.
               */
              matchLabels?: {
                [k: string]: string;
              };
              /**
               * Requirements for the labels; they must meet all of them.
               *
               * @maxItems 20
               */
              matchExpressions?: {
                /**
                 * The label's name.
                 */
                key: string;
                /**
                 * The relation between the label and the values.
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
             * The namespaces by name; without them and namespaceSelector, the DumpIngestion's namespace.
             *
             * @maxItems 50
             */
            namespaces?: string[];
          };
        }[];
      };
    };
    /**
     * How evenly the pods are spread over zones, nodes or other domains.
     *
     * @maxItems 10
     */
    topologySpreadConstraints?: {
      /**
       * By how many pods two domains may differ.
       */
      maxSkew: number;
      /**
       * The node label that defines the domains, for example topology.kubernetes.io/zone.
       */
      topologyKey: string;
      /**
       * What to do with a pod that does not satisfy the constraint.
       */
      whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway';
      /**
       * The minimum number of domains; only with DoNotSchedule.
       */
      minDomains?: number;
      /**
       * Selects pods (labelSelector) or namespaces (namespaceSelector) by their labels.
       */
      labelSelector?: {
        /**
         * Labels that they must have.
         */
        matchLabels?: {
          [k: string]: string;
        };
        /**
         * Requirements for the labels; they must meet all of them.
         *
         * @maxItems 20
         */
        matchExpressions?: {
          /**
           * The label's name.
           */
          key: string;
          /**
           * The relation between the label and the values.
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
     * The ServiceAccount of the pods, in the same namespace, for example because policies or image pull secrets depend on it. Its token is not mounted.
     */
    serviceAccountName?: string;
    /**
     * Secrets in the same namespace for pulling the runner's image.
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
     * The maximum duration of a Job, that is, of the load of one table with all its attempts. After that it fails with DeadlineExceeded. The time in a queue does not count.
     */
    activeDeadlineSeconds?: number;
    /**
     * How long a Job and its logs are kept after its end. In less than a minute its result might not be read in time.
     */
    ttlSecondsAfterFinished?: number;
  };
  /**
   * The queue (a LocalQueue of Kueue in the same namespace) that admits the Jobs. Each Job is created suspended, with the label kueue.x-k8s.io/queue-name, and holds one of the spec.loading.maxParallelJobs slots while it waits. Motherload never admits it itself. `motherload run` ignores it.
   */
  queueName?: string;
  /**
   * How long after its end the DumpIngestion is deleted, with its TableIngestions and Jobs; the tables in the database are kept. If it is not set, the DumpIngestion is kept until somebody deletes it.
   */
  ttlSecondsAfterFinished?: number;
  /**
   * If true, no new Jobs are started; running Jobs continue to their end.
   */
  suspend: boolean;
  /**
   * Any text. If it is another one than before once a run has ended, the DumpIngestion runs again, in place, as spec.retryPolicy says; status.runs keeps how the runs before ended. A change while a run is under way takes effect at its end. For example the date, or the commit in Git. `motherload run` ignores it.
   */
  trigger?: string;
  /**
   * What a run that spec.trigger starts loads. FailedTables: what has not been loaded, or skipped, by the runs before: the tables that failed, and those of dumps that have come since. Nothing is dropped, whatever spec.motherTables.policy says. All: all tables, as if the DumpIngestion had been deleted and applied again: Recreate and Purge drop what there is, and spec.loading.onExisting says what becomes of tables that exist.
   */
  retryPolicy: 'FailedTables' | 'All';
}

/**
 * The observed state of the run; written by the operator.
 */
export interface DumpIngestionStatus {
  /**
   * The generation of the spec that this status is based on.
   */
  observedGeneration?: number;
  /**
   * A summary of the conditions in one word.
   */
  phase?: 'Pending' | 'Cataloguing' | 'Loading' | 'Finishing' | 'Complete' | 'Failed' | 'Suspended';
  /**
   * What the run is doing, or its first failure.
   */
  message?: string;
  /**
   * The conditions Catalogued, Suspended, Stalled, Progressing, Complete, Failed, Ready and Reconciling.
   */
  conditions?: {
    /**
     * The type of the condition.
     */
    type: string;
    /**
     * The status of the condition.
     */
    status: 'True' | 'False' | 'Unknown';
    /**
     * The generation that the condition is based on.
     */
    observedGeneration?: number;
    /**
     * When the status of the condition last changed.
     */
    lastTransitionTime: string;
    /**
     * The reason of the status, in CamelCase; for programs.
     */
    reason: string;
    /**
     * A description of the status; for people.
     */
    message: string;
  }[];
  /**
   * Numbers of tables by phase.
   */
  tables?: {
    /**
     * Finished tables of tables to load, for example 5/8; or 8 skipped if nothing else was to be done.
     */
    summary?: string;
    /**
     * All (dump, table) pairs in the catalogue.
     */
    total?: number;
    /**
     * Waiting to be loaded.
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
     * Already loaded with the same content.
     */
    alreadyLoaded?: number;
    /**
     * Skipped because of the manifest.
     */
    skipped?: number;
    /**
     * Failed because of an error.
     */
    failed?: number;
  };
  /**
   * Rows loaded by this run.
   */
  rows?: number;
  /**
   * Records that could not be loaded and were left out of tables that are loaded.
   */
  rejects?: number;
  /**
   * Bytes of DAT text loaded by this run.
   */
  bytes?: number;
  /**
   * Bytes of DAT text of all tables to load.
   */
  totalBytes?: number;
  /**
   * The percentage of the compressed bytes that has been read.
   */
  percent?: number;
  /**
   * Megabytes (10^6 bytes) of DAT text per second while runners were loading, for example 84.2; the time that pods take to start and stop does not count.
   */
  megabytesPerSecond?: string;
  /**
   * Rows per second while runners were loading.
   */
  rowsPerSecond?: number;
  /**
   * The estimated time left, from the compressed bytes still to read or the tables still to load, whichever takes longer.
   */
  secondsLeft?: number;
  /**
   * The versions in the dumps (the first 1000).
   */
  versions?: string[];
  /**
   * The first ten failures.
   */
  failures?: {
    /**
     * What to fix: the data, the manifest, or nothing (Transient errors are retried).
     */
    kind: 'Data' | 'Manifest' | 'Transient';
    /**
     * The code of the error, which is stable.
     */
    code: string;
    /**
     * What happened, and what to do.
     */
    message: string;
    /**
     * The dump, or the file in it.
     */
    file?: string;
    /**
     * The table.
     */
    table?: string;
    /**
     * The line in the DAT file, counted from 1, including the header.
     */
    line?: number;
    /**
     * The column.
     */
    column?: string;
    /**
     * The record that caused the error, shortened.
     */
    record?: string;
  }[];
  /**
   * Why no more Jobs are started; only while Stalled is true and the run has not ended.
   */
  stalled?: {
    /**
     * The code of the error that several loads failed with.
     */
    code: string;
    /**
     * The last one's message.
     */
    message: string;
    /**
     * When the run stalled.
     */
    since: string;
    /**
     * How often a Job was tried since.
     */
    probes: number;
    /**
     * When the next one is tried; a change of the spec does it at once.
     */
    nextProbeTime: string;
  };
  /**
   * What became of the dumps, if spec.archive asks for something.
   */
  archive?: {
    /**
     * How many dumps this run has archived or deleted.
     */
    archived: number;
    /**
     * How many dumps it has left where they are.
     */
    kept: number;
    /**
     * Why the first of them was left; the others are in the log of the finish Job.
     */
    reason?: string;
  };
  /**
   * How long creating the catalogue took.
   */
  catalogueSeconds?: number;
  /**
   * Which run this is, if spec.trigger is set or was.
   */
  run?: {
    /**
     * The number of the run, counted from 1.
     */
    number: number;
    /**
     * The spec.trigger that started it; if this is another one, a run follows.
     */
    trigger?: string;
    /**
     * The spec.retryPolicy that it started with.
     */
    retryPolicy?: 'FailedTables' | 'All';
    /**
     * The first run whose loaded tables count in this one: its own number if it loads all.
     */
    since: number;
  };
  /**
   * How the last ten runs before this one ended, the last one first.
   *
   * @maxItems 10
   */
  runs?: {
    /**
     * The number of the run, counted from 1.
     */
    number: number;
    /**
     * The spec.trigger that started it.
     */
    trigger?: string;
    /**
     * How it ended.
     */
    phase: 'Complete' | 'Failed';
    /**
     * The reason of its condition Complete or Failed.
     */
    reason: string;
    /**
     * Its message, shortened.
     */
    message: string;
    /**
     * Finished tables of tables to load, for example 5/8.
     */
    tables?: string;
    /**
     * Tables that failed.
     */
    failed?: number;
    /**
     * Rows loaded.
     */
    rows?: number;
    /**
     * Records that could not be loaded and were left out.
     */
    rejects?: number;
    /**
     * When it started.
     */
    startTime?: string;
    /**
     * When it ended.
     */
    completionTime?: string;
  }[];
  /**
   * The mother tables whose versions differ most in their columns; `motherload drift` lists all of them, and what differs.
   *
   * @maxItems 10
   */
  drift?: {
    /**
     * The mother table.
     */
    mother: string;
    /**
     * Its versions, loaded and to be loaded.
     */
    versions: number;
    /**
     * Columns that a version has and the one before it has not, over all versions.
     */
    added: number;
    /**
     * Columns that a version no longer has.
     */
    dropped: number;
    /**
     * Columns that a version has in another type.
     */
    retyped: number;
  }[];
  /**
   * When the run started.
   */
  startTime?: string;
  /**
   * How long the run took, for example 2m5s; while it is under way, how long it has taken when the status was written.
   */
  duration?: string;
  /**
   * When the run ended.
   */
  completionTime?: string;
}

/**
 * What the catalogue found and decided; immutable.
 */
export interface TableIngestionSpec {
  /**
   * The DumpIngestion it belongs to.
   */
  ingestionName: string;
  /**
   * The run of the DumpIngestion that found it, if it is not the first one.
   */
  run?: number;
  /**
   * The dump.
   */
  dump: {
    /**
     * Its path relative to the folder of the dumps.
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
    /**
     * The object in the bucket or on the server as the catalogue read it; another one of its name is not loaded (DumpChanged).
     */
    object?: {
      /**
       * Its size.
       */
      bytes: number;
      /**
       * Its ETag, if it has one.
       */
      etag?: string;
      /**
       * Its Last-Modified, if it has one.
       */
      lastModified?: string;
      /**
       * Its version, if the bucket keeps versions.
       */
      versionId?: string;
    };
  };
  /**
   * The table's name in the dump, in lower case; * where the whole dump cannot be read.
   */
  table: string;
  /**
   * The name of its version table.
   */
  versionTable?: string;
  /**
   * The mother table, if it has one.
   */
  mother?: string;
  /**
   * The table's DAT file in the dump, if there is one; its chunks together if it is split. Of a table in a source database its estimated size.
   */
  dat?: {
    /**
     * The number of entries, if the file is split into chunks.
     */
    chunks?: number;
    /**
     * The entry's name in the ZIP file, or the table's in the source database.
     */
    entry: string;
    /**
     * Its declared uncompressed size.
     */
    bytes: number;
    /**
     * Its compressed size.
     */
    compressedBytes: number;
    /**
     * Its declared CRC-32, in hexadecimal; of an entry encrypted by AES that has none its authentication code. A source database has none.
     */
    crc32?: string;
    /**
     * The rows of a table in a source database, as its server estimates them.
     */
    rows?: number;
  };
  /**
   * The table's schema file in the dump, if there is one; of a table in a source database its columns, which must not change.
   */
  schemaFile?: {
    /**
     * The entry's name in the ZIP file.
     */
    entry: string;
    /**
     * Its uncompressed size.
     */
    bytes: number;
    /**
     * Its CRC-32, in hexadecimal; of an entry encrypted by AES that has none its authentication code.
     */
    crc32: string;
  };
  /**
   * What to do with the table. Keep: it is loaded already, with the same content.
   */
  decision: 'Load' | 'Keep' | 'Skip' | 'Fail';
  /**
   * The reason of the decision, in CamelCase.
   */
  reason: string;
  /**
   * A description of the decision.
   */
  message: string;
  /**
   * Warnings (the first ten): of the column plan if the decision is Keep, and of the dump or the run as a whole. The status has all of a load.
   *
   * @maxItems 10
   */
  warnings?: string[];
  /**
   * The error because of which the table cannot be loaded, if the decision is Fail.
   */
  failure?: {
    /**
     * What to fix: the data, the manifest, or nothing (Transient errors are retried).
     */
    kind: 'Data' | 'Manifest' | 'Transient';
    /**
     * The code of the error, which is stable.
     */
    code: string;
    /**
     * What happened, and what to do.
     */
    message: string;
    /**
     * The dump, or the file in it.
     */
    file?: string;
    /**
     * The table.
     */
    table?: string;
    /**
     * The line in the file, counted from 1.
     */
    line?: number;
    /**
     * The column.
     */
    column?: string;
    /**
     * The record that caused the error, shortened.
     */
    record?: string;
  };
}

/**
 * The observed state of the load; written by the operator.
 */
export interface TableIngestionStatus {
  /**
   * The generation of the spec that this status is based on.
   */
  observedGeneration?: number;
  /**
   * The phase of the load.
   */
  phase?: 'Pending' | 'Running' | 'Loaded' | 'AlreadyLoaded' | 'Skipped' | 'Failed';
  /**
   * The state of the load, or its failure.
   */
  message?: string;
  /**
   * The conditions Progressing, Complete and Failed.
   */
  conditions?: {
    /**
     * The type of the condition.
     */
    type: string;
    /**
     * The status of the condition.
     */
    status: 'True' | 'False' | 'Unknown';
    /**
     * The generation that the condition is based on.
     */
    observedGeneration?: number;
    /**
     * When the status of the condition last changed.
     */
    lastTransitionTime: string;
    /**
     * The reason of the status, in CamelCase; for programs.
     */
    reason: string;
    /**
     * A description of the status; for people.
     */
    message: string;
  }[];
  /**
   * The Job that loads it.
   */
  jobName?: string;
  /**
   * The number of attempts.
   */
  attempts?: number;
  /**
   * The number of COPY streams.
   */
  streams?: number;
  /**
   * Rows loaded.
   */
  rows?: number;
  /**
   * Records that could not be loaded and were left out, as spec.rejects of the DumpIngestion allows.
   */
  rejects?: number;
  /**
   * Where and why the first records were left out.
   *
   * @maxItems 3
   */
  firstRejects?: string[];
  /**
   * Bytes of DAT text loaded.
   */
  bytes?: number;
  /**
   * The percentage of the compressed bytes that has been read.
   */
  percent?: number;
  /**
   * Megabytes (10^6 bytes) of DAT text per second, for example 84.2.
   */
  megabytesPerSecond?: string;
  /**
   * Rows per second.
   */
  rowsPerSecond?: number;
  /**
   * The estimated time left, from the compressed bytes still to read.
   */
  secondsLeft?: number;
  /**
   * The duration of each step.
   */
  seconds?: {
    [k: string]: number;
  };
  /**
   * Warnings of the column plan (the first ten).
   */
  warnings?: string[];
  /**
   * The error that stopped the load.
   */
  failure?: {
    /**
     * What to fix: the data, the manifest, or nothing (Transient errors are retried).
     */
    kind: 'Data' | 'Manifest' | 'Transient';
    /**
     * The code of the error, which is stable.
     */
    code: string;
    /**
     * What happened, and what to do.
     */
    message: string;
    /**
     * The dump, or the file in it.
     */
    file?: string;
    /**
     * The table.
     */
    table?: string;
    /**
     * The line in the DAT file, counted from 1, including the header.
     */
    line?: number;
    /**
     * The column.
     */
    column?: string;
    /**
     * The record that caused the error, shortened.
     */
    record?: string;
  };
  /**
   * When the load started.
   */
  startTime?: string;
  /**
   * When the load ended.
   */
  completionTime?: string;
}

/**
 * When to run, and what.
 */
export interface ScheduledDumpIngestionSpec {
  /**
   * When runs start, as a cron expression: minute, hour, day of the month, month, day of the week; for example "0 2 * * *" for every night at two. Also @hourly, @daily, @weekly, @monthly and @yearly. schedules.md has all that is allowed.
   */
  schedule: string;
  /**
   * The time zone of the schedule, by its name in the IANA database, for example Europe/Berlin. schedules.md says what happens on the days on which clocks change.
   */
  timeZone: string;
  /**
   * What to do if a run is due while one has not ended. Forbid: wait for its end, then start the latest run that is due. Replace: delete it, and start once its Jobs have ended; what it has loaded is kept. Allow: start beside it.
   */
  concurrencyPolicy: 'Allow' | 'Forbid' | 'Replace';
  /**
   * How late a run may start, for example after an outage or because of another run. After that it is left out, and Late is true. If it is not set, the latest run that is due is started however late it is.
   */
  startingDeadlineSeconds?: number;
  /**
   * If true, no runs are started; those that have started continue. Once it is false again, the latest run that was due meanwhile is started, unless spec.startingDeadlineSeconds is over.
   */
  suspend: boolean;
  /**
   * How many runs that ended successfully are kept; older ones are deleted. Tables in the database are kept.
   */
  successfulRunsHistoryLimit: number;
  /**
   * How many runs that failed are kept; older ones are deleted.
   */
  failedRunsHistoryLimit: number;
  /**
   * The DumpIngestions to create. A change applies to those that are created afterwards.
   */
  ingestionTemplate: {
    /**
     * Their labels and annotations; their names are those of the schedule and of the moment when they are due.
     */
    metadata?: {
      /**
       * Labels of the DumpIngestions.
       */
      labels?: {
        [k: string]: string;
      };
      /**
       * Annotations of the DumpIngestions.
       */
      annotations?: {
        [k: string]: string;
      };
    };
    /**
     * The spec of the DumpIngestions, with the fields, defaults and rules of a DumpIngestion.
     */
    spec: DumpIngestionSpec;
  };
}

/**
 * The observed state of the schedule; written by the operator.
 */
export interface ScheduledDumpIngestionStatus {
  /**
   * The generation of the spec that this status is based on.
   */
  observedGeneration?: number;
  /**
   * What prevents runs, or how the last one ended.
   */
  message?: string;
  /**
   * The conditions Ready, Stalled, Suspended and Late.
   */
  conditions?: {
    /**
     * The type of the condition.
     */
    type: string;
    /**
     * The status of the condition.
     */
    status: 'True' | 'False' | 'Unknown';
    /**
     * The generation that the condition is based on.
     */
    observedGeneration?: number;
    /**
     * When the status of the condition last changed.
     */
    lastTransitionTime: string;
    /**
     * The reason of the status, in CamelCase; for programs.
     */
    reason: string;
    /**
     * A description of the status; for people.
     */
    message: string;
  }[];
  /**
   * The schedule that was last seen. Runs that were due before it was set are not looked for.
   */
  timetable?: {
    /**
     * Its cron expression.
     */
    schedule: string;
    /**
     * Its time zone.
     */
    timeZone: string;
    /**
     * Since when.
     */
    since: string;
  };
  /**
   * The number of runs that have not ended.
   */
  activeRuns?: number;
  /**
   * The names of these DumpIngestions (the first twenty).
   *
   * @maxItems 20
   */
  active?: string[];
  /**
   * When the last run was due that was started.
   */
  lastScheduleTime?: string;
  /**
   * When a run last ended successfully.
   */
  lastSuccessfulTime?: string;
  /**
   * The latest of the runs that have ended.
   */
  lastRun?: {
    /**
     * The name of its DumpIngestion.
     */
    name: string;
    /**
     * How it ended.
     */
    outcome: 'Complete' | 'Failed';
    /**
     * Its message.
     */
    message?: string;
    /**
     * When it was due.
     */
    scheduleTime?: string;
    /**
     * When it ended.
     */
    completionTime?: string;
  };
  /**
   * When the next run is due: in the past if it is late. Not set if runs are suspended or the schedule is not valid.
   */
  nextScheduleTime?: string;
  /**
   * When the first run was due that should have started since the last one did; not set if none is late.
   */
  lateSince?: string;
}
