/* Every limit and its name. A number that bounds something outside this file is a defect. */
#ifndef TG_BASE_LIMITS_H
#define TG_BASE_LIMITS_H

/* Envelopes (docs/formats.md). */
#define TG_MANIFEST_BYTES 256
#define TG_SIGNATURE_BYTES 64
#define TG_STANZA_BYTES 88
#define TG_BATCH_RECORDS_MAX 1024
#define TG_AUDIENCE_MAX 64        /* members of one audience */
#define TG_STANZAS_MAX 128        /* audience and recovery, padded to a power of two */
#define TG_RECORD_BYTES_MAX 65536 /* one record, encoded */
#define TG_BODY_BYTES_MAX 8388608 /* one envelope's body */
#define TG_ENVELOPE_BYTES_MAX \
    (TG_MANIFEST_BYTES + TG_SIGNATURE_BYTES + TG_STANZAS_MAX * TG_STANZA_BYTES + TG_BODY_BYTES_MAX)
#define TG_TREE_DEPTH 11

/* Identity. */
#define TG_CARD_BYTES_MAX 16384
#define TG_CARD_AFTER_ENTRIES 64     /* so many more entries until a new log or envelope key takes over */
#define TG_SEAL_KEY_DAYS 30          /* then a new seal key is due */
#define TG_SEAL_KEEP_MS 600000       /* a former seal key is kept at least so long after the next card */
#define TG_RECOVERY_STEPS_MAX 64     /* own envelopes opened with the recovery key in one call */
#define TG_EXPOSURE_ROWS_MAX 1000    /* of one page of `exposure` */
#define TG_EXPOSURE_STEPS_MAX 20000  /* entries looked at for one page */
#define TG_EXPOSURE_STANZA_STEPS 100 /* what a stanza that is tried counts for: 200 a page */
#define TG_CARDS_ENTER_AGAIN_US \
    10000000                       /* a card of ours that could not be entered in our log is tried again */
#define TG_PEER_CARD_WHY_BYTES 160 /* of the text that says why a card was refused */
#define TG_PROLOGUE_REASON_BYTES_MAX 200
#define TG_PROLOGUE_BYTES_MAX 1024 /* of its text */
#define TG_RECEIPTS_HELD_MAX 256   /* of partners for our own logs: one for each epoch */
#define TG_EPOCHS_MAX 256          /* prologues that a node holds, of all logs */
#define TG_CARD_NAME_BYTES_MAX 256
#define TG_CARD_CONTACT_BYTES_MAX 200 /* who answers at any hour */
#define TG_CARD_ENDPOINTS_MAX 8
#define TG_CARD_ENDPOINT_BYTES_MAX 256
#define TG_CARD_WITNESSES_MAX 64
#define TG_CARD_RELAYS_MAX 16
#define TG_CARD_KEYS_MAX 64 /* log and envelope keys a card lists */
#define TG_NOTE_BYTES_MAX 65536
#define TG_NOTE_SIGNATURES_MAX 100
#define TG_NOTE_KEY_NAME_BYTES_MAX 127
#define TG_MERKLE_LEVELS_MAX 64     /* a tree of fewer than 2^63 leaves */
#define TG_PUNCTURED_NODES_MAX 1024 /* a key tree with holes needs no more */
#define TG_RECEIPT_BYTES_MAX 65536
#define TG_RECEIPT_LINE_ITEMS_MAX 4096 /* ranges, refusals or withdrawals in one line */
#define TG_REFUSAL_CODE_BYTES_MAX 32
#define TG_PEERS_MAX 64
#define TG_KEYFILE_BYTES_MAX 65536
#define TG_KEYFILE_SECRETS_MAX 32
#define TG_KEYFILE_NAME_BYTES_MAX 31
#define TG_KEYFILE_SECRET_BYTES_MAX 1024
#define TG_KEYFILE_OPS_MAX 16
#define TG_KEYFILE_MEMORY_BYTES_MAX 1073741824
#define TG_VAULT_OLD_KEYS_MAX 4 /* former seal or key-encryption keys still held */
#define TG_PASSPHRASE_BYTES_MAX 1024
#define TG_PASSPHRASE_BYTES_MIN 8

/* Records. */
#define TG_TEXT_BYTES_MAX 32768 /* the longest free text of any record */
#define TG_NAME_BYTES_MAX 1024
#define TG_SHORT_TEXT_BYTES_MAX 4096 /* titles, places, agencies, sources */
#define TG_LABEL_BYTES_MAX 256       /* desk, contact, codes */
#define TG_NAMES_MAX 128             /* names of one person or cell */
#define TG_BIRTHS_MAX 32
#define TG_SELECTORS_MAX 256
#define TG_DOCUMENTS_MAX 64
#define TG_PLACES_MAX 64
#define TG_REFERS_MAX 64
#define TG_LIST_ITEMS_MAX 64 /* any other repeated field */
#define TG_JSON_BYTES_MAX 1048576
#define TG_JSON_DEPTH_MAX 16
#define TG_RECORD_PARSE_BUDGET_BYTES 1048576 /* memory for one opened record */
#define TG_RECORD_FIELDS_MAX 8192            /* protobuf fields of one record, all depths */
#define TG_ENUM_NAME_BYTES_MAX 63
#define TG_COUNTRY_NAME_BYTES_MAX 63
#define TG_RECORD_TIME_MS_MAX 253402300799999 /* the last instant of the year 9999 */

/* Outside formats. */
#define TG_XML_BYTES_MAX 268435456
#define TG_XML_DEPTH_MAX 16
#define TG_DOCX_DEPTH_MAX 256
#define TG_XML_ENTRY_BYTES_MAX 1048576 /* one entry of a list, unpacked */
#define TG_CSV_FIELD_BYTES_MAX 65536
#define TG_CSV_COLUMNS_MAX 256
#define TG_CSV_COLUMN_NAME_BYTES_MAX 63
#define TG_SHEET_FRONT_BYTES 16384     /* looked at to tell a table from a text */
#define TG_IMPORT_CHUNK_BYTES 65536    /* read from a foreign file at once */
#define TG_ENCODING_NAME_BYTES_MAX 39  /* of a foreign file's characters */
#define TG_IMPORT_BUDGET_BYTES 1048576 /* what an import keeps from record to record */

/* Replication. */
#define TG_FRAME_BYTES_MAX 131072 /* one message on the wire */
#define TG_ENV_CHUNK_BYTES_MAX 65536
#define TG_LEAVES_PER_MESSAGE_MAX 2048
#define TG_HEADS_PER_MESSAGE_MAX 64
#define TG_HEAD_MESSAGE_BYTES 128 /* of one head, beside its notes */
#define TG_MESSAGE_PARSE_BUDGET_BYTES 1048576
#define TG_HELLO_ORIGINS_MAX (TG_PEERS_MAX + 1) /* every peer and the node itself */
#define TG_HELLO_SUITES_MAX 16
#define TG_FORK_EVIDENCE_BYTES_MAX 65536
#define TG_MESSAGE_FIELDS_MAX 16384 /* protobuf fields of one message, all depths */

/* Transport. */
#define TG_TRANSPORT_HEADER_BYTES 1 /* kind of a frame, before the message */
#define TG_TRANSPORT_CURVE_BYTES 33 /* what CurveZMQ adds to a frame: name, nonce, tag, flags */
#define TG_TRANSPORT_SESSIONS_MAX (4 * TG_PEERS_MAX) /* accepted connections that named their lane */
#define TG_TRANSPORT_DRAIN_MAX 64                    /* messages delivered by one poll */
#define TG_TRANSPORT_DRAIN_EACH_MAX 16               /* of them from one dialled connection */
#define TG_TRANSPORT_QUEUE_MESSAGES 64 /* a connection's queue, each way; over it a sender is told to wait */
#define TG_TRANSPORT_UNREAD_MESSAGES \
    16                            /* a connection's frames that wait unread; then TCP holds the sender */
#define TG_TRANSPORT_REBIND_MS 10 /* between tries to listen again after a revocation */
#define TG_TRANSPORT_BACKLOG 128  /* connections not yet accepted */
#define TG_ZAP_DOMAINS_MAX 16     /* listening transports of one process */
#define TG_ZMQ_SOCKETS_MAX 1023
#define TG_BOOT_BYTES 16         /* of a process */
#define TG_CLONE_WAIT_US 2000000 /* the first process of a node is asked for so long whether it lives */
#define TG_HEARTBEAT_MS 2000     /* a link is never silent for longer */
#define TG_SILENCE_MS 10000      /* a peer silent for longer is dialled again */
#define TG_HANDSHAKE_MS 4000     /* from connect to named lane */
#define TG_REDIAL_MIN_MS 200
#define TG_REDIAL_MAX_MS 5000

/* Configuration file. */
#define TG_CONFIG_BYTES_MAX 65536
#define TG_EVENT_LINE_BYTES_MAX 4096 /* one line of the log; longer fields are cut */

/* Witnesses and forks. */
#define TG_COSIGN_AHEAD_MS_MAX 30000 /* cosignatures that are dated further ahead are refused */
#define TG_WITNESS_CHANGE_US 250000  /* a log that grows is cosigned at most so often */
#define TG_WITNESS_STORE_US 50000    /* cosignatures of all logs are stored at most so often */
#define TG_WITNESS_LOOK_US 1000000   /* logs that nobody cosigns are looked for so often */
#define TG_WITNESS_AGAIN_US 50000000 /* one that stands still, when its origin shows it again */
#define TG_WITNESS_STALE_MS 180000   /* three intervals of HEADS without any cosignature */
#define TG_WITNESS_EXCLUDE_MIN 3     /* with fewer witnesses one is enough, and excludes nothing */
#define TG_FORKS_MAX 256             /* proofs that are kept */
#define TG_FORKS_EACH_MAX 4          /* of one origin, until it is cleared */

#define TG_SYNC_LOGS_MAX 256            /* (origin, epoch) pairs that one node follows */
#define TG_SYNC_SERVE_BYTES_MAX 4194304 /* envelopes sent for one WANT_ENV, the last one whole */
#define TG_SYNC_ASK_TIMEOUT_US 5000000  /* an answer that does not come is asked for again */
#define TG_SYNC_HELLO_AGAIN_US 1000000  /* until the peer has answered */
#define TG_SYNC_HEADS_CHANGE_US 200000  /* and at most so often */
#define TG_SYNC_HEADS_IDLE_US 60000000
#define TG_SYNC_CARDS_ASK_US 1000000        /* between two questions for cards to one peer */
#define TG_SYNC_CARDS_SERVE_MAX 64          /* cards sent for one WANT_CARD */
#define TG_SYNC_RECEIPT_US 100000           /* at most so often to one origin, urgent ones excepted */
#define TG_SYNC_RELAYED_RECEIPT_US 15000000 /* said again by a relay, as the link behind it may be cut */
#define TG_SYNC_URGENT_PRECEDENCE 2         /* immediate and flash are pushed */
#define TG_SYNC_URGENT_PUSH_MAX 256         /* urgent envelopes pushed again when a link comes back */
#define TG_SYNC_DENIALS_TOLD 3   /* answers in a row without what was named as ours: then it is withheld */
#define TG_SYNC_STORING_MAX 16   /* envelopes handed to the store and not yet answered, for a log */
#define TG_SYNC_RESEAL_WINDOW 32 /* keys asked for and not yet answered, for a log */
#define TG_SYNC_RESEALS_PER_SECOND_MAX 500 /* sealed for one peer: each costs two scalar multiplications */
#define TG_SYNC_RESEAL_AGAIN_US 60000000   /* after everybody was asked in vain */
#define TG_RESEAL_BYTES_MAX 98304          /* of a key with holes and its hashes, sealed */

/* The node. */
#define TG_WITHDRAW_PLACES_MAX 256 /* envelopes that one record stands in */
#define TG_NODE_TICK_MS 50         /* timers of the engine are looked at this often */
#define TG_NODE_BUSY_MS 2          /* while the transport has a full queue */
#define TG_NOTICE_TEXT_BYTES_MAX 400
#define TG_NOTICE_NAME_BYTES_MAX 100 /* of each of two names that meet; longer ones are cut */
#define TG_OUTBOX_BYTES_MAX 67108864 /* messages that the transport is too busy to take; more are dropped */
#define TG_ENGINE_STEP_BYTES_MAX 67108864 /* memory of one step of the engine */
#define TG_ACCESS_TEXT_BYTES_MAX 512      /* of user, verb, reason, case, detail each; longer ones are cut */
#define TG_ACCESS_PLACES_MAX 60000        /* in one entry; more go on in the next */
#define TG_RECEIPT_RANGES_MAX 1500        /* the newest ones, so that a receipt stays within its limit */
#define TG_RECEIPT_MISSING_MAX 200        /* ranges of what is missing: the oldest ones */
#define TG_RECEIPT_MISSING_LOOKS_MAX 4096 /* rows looked at for them */
#define TG_WITHHELD_TURN_MAX 16           /* notes of withholding that are made at once */
#define TG_RECEIPT_ITEMS_MAX 1000         /* refusals, and withdrawals: the newest ones */
#define TG_NOTICES_MAX 10000              /* kept in memory; older ones are found by query */
#define TG_NOTICES_STORE_US 50000         /* the longest that an ordinary one waits to be durable and told */
#define TG_WATCHES_MAX 10000              /* standing queries of all users */
#define TG_WATCHES_USER_MAX 1000          /* and of one */
#define TG_WATCH_LABEL_BYTES_MAX 64
#define TG_WATCH_TEXT_BYTES_MAX 1024 /* of each text of one */
#define TG_WATCH_BUDGET_BYTES 262144 /* memory of one */
#define TG_WATCH_TERMS_MAX 48        /* meanings of one that are looked for */
#define TG_WATCH_WORDS_MAX 64        /* words of its text */
#define TG_WATCH_BURST_MAX 200       /* notices of one within a minute; further hits are only counted */
#define TG_WATCH_BURST_US 60000000
#define TG_WATCH_TICK_US 1000000
#define TG_WATCH_DAYS_MAX 366           /* until it ends */
#define TG_WATCH_SHOWN_DEFAULT 5        /* records already held that are shown when one is added */
#define TG_STORED_TIMES_MAX 4096        /* envelopes whose time to each addressee is remembered */
#define TG_SAID_LOOKS_MAX 64            /* acknowledgements of one record by one node that are looked at */
#define TG_THREAD_ALERTS_MAX 100        /* alerts of one thread that are shown: the first and the newest */
#define TG_START_WAIT_US 2000000        /* for peers' heads of our own log before the first append */
#define TG_COMMIT_BULK_RECORDS_MAX 1024 /* of bulk work that may go ahead of an urgent alert */
#define TG_COMMIT_BULK_BYTES_MAX 393216 /* the same, in bytes; one batch may be larger */
#define TG_START_WHY_BYTES 160          /* why nothing is appended, for a person */
#define TG_START_TEXT_BYTES 440         /* ... and what to do */
#define TG_INDEX_FLUSH_US 1000000
#define TG_INDEX_FLUSH_RECORDS 16384  /* or sooner, when so many wait: the loop stands still meanwhile */
#define TG_INDEX_FLUSH_POSTINGS 65536 /* or have so many tokens */
#define TG_INDEX_MERGE_ROWS 20000     /* one slice */
#define TG_WORD_BYTES_MIN 3           /* shorter words are not indexed */
#define TG_INDEX_FORM_BYTES_MAX 1024  /* longer forms are hashed before they are tokenised */
#define TG_RECORD_TOKENS_MAX 4096
#define TG_QUERY_BUDGET_BYTES 67108864 /* memory of one query */
#define TG_WORDS_MAX 256               /* words of one record that are indexed */
#define TG_QUERY_LIMIT_MAX 1000
#define TG_LOOKUP_HITS_MAX 4096
#define TG_CONVERGENCE_HITS_MAX 20  /* a value met more often raises one notice that says so */
#define TG_DISPUTES_OF_MAX 256      /* newest ones that are looked at of those that contest one record */
#define TG_CORRECTION_RECORDS_MAX 2 /* an envelope of more is an import, whose changes raise no notice each */
#define TG_REVIEW_DAYS_MAX 3653     /* how far back reviews that are overdue are looked for */
#define TG_NOT_READ_MINUTES_MAX 10080     /* a week: the longest until an alert counts as not read */
#define TG_WAKE_MATCH_US 60000000         /* one wake-up for all matches within it */
#define TG_NOT_READ_DAYS 14               /* alerts that are older are nobody's to call about */
#define TG_REMINDERS_TURN_MAX 16          /* deadlines that are told in one turn of the node */
#define TG_DISPUTES_BUDGET_BYTES 33554432 /* what they say */

/* The service. */
#define TG_SERVICE_SEND_BYTES_MAX 262144 /* frames handed to the control server at once */
#define TG_SERVICE_SLICE_ROWS 200        /* rows of one slice of an answer */
#define TG_SERVICE_SLICE_US 5000         /* time of one slice: an alert never waits longer for an answer */
#define TG_SERVICE_SLICE_LOOKS 4096      /* records looked at in one slice */
#define TG_SERVICE_CLOCK_LOOKS 64        /* and between two looks at the clock */
#define TG_SERVICE_HITS_MAX 2097152      /* records that one answer may be about */
#define TG_SERVICE_HITS_BUDGET_BYTES 33554432 /* texts of why they were found */
#define TG_SERVICE_ROW_BUDGET_BYTES 4194304   /* one record opened, with all it points to */
#define TG_SERVICE_DETAIL_BYTES_MAX 2048      /* what was asked, in the access log */
#define TG_SERVICE_DETAIL_TEXT_BYTES_MAX 256  /* one field of it */
#define TG_AUDIT_ENTRIES_DEFAULT 100
#define TG_AUDIT_ENTRIES_MAX 100000 /* of the access log, in one answer */
#define TG_AUDIT_GROUPS_MAX 200000  /* users, records, cases in one answer */
#define TG_AUDIT_REFS_DEFAULT 8     /* records that a row of an entry names */
#define TG_AUDIT_REFS_MAX 10000
#define TG_AUDIT_SAMPLE_DEFAULT 10
#define TG_AUDIT_SAMPLE_MAX 1000
#define TG_READERS_MAX 1000       /* users that one record was shown to */
#define TG_READERS_PLACES_MAX 256 /* envelopes that a record and its versions stand in */
#define TG_SERVICE_COUNTED_MAX \
    100000 /* envelopes that are missing or not acknowledged, counted for one row */
#define TG_SERVICE_WAIT_MS_MAX 3600000        /* longest wait for receipts */
#define TG_SHOW_RELATED_MAX 200               /* records that belong to one, in `show` */
#define TG_SHOW_CONTENTS_BYTES_MAX 4194304    /* beyond that they come without their contents */
#define TG_SHOW_VERSIONS_MAX 16               /* what a record replaced, and what that replaced */
#define TG_CLEARED_MAX 256                    /* records hidden from a question by one document */
#define TG_SCREEN_ITEMS_MAX 65536             /* values and names of one batch of `screen` */
#define TG_SCREEN_NAMES_MAX 4096              /* names of them */
#define TG_SCREEN_HITS_MAX 65536              /* records shown for one batch; beyond, they are counted */
#define TG_SCREEN_SHOWN_MAX 20                /* of them for one value */
#define TG_SCREEN_SLICE_VALUES 4096           /* values hashed and looked up together */
#define TG_SERVICE_RELATED_MAX 20             /* records that share one value, in `show` */
#define TG_SERVICE_WITHDRAWALS_WAITING_MAX 64 /* of a full import, handed to the node and not yet durable */
#define TG_SERVICE_CHECKED_BYTES_MAX 8388608  /* unpacked records of one batch, kept to be indexed */
#define TG_NODE_CLOCK_JUMP_MS \
    1000 /* a wall clock that moves this much apart from the monotonic one was set */
#define TG_SERVICE_SKEW_MS_MAX 5000          /* clocks that differ more are reported by `peer.test` */
#define TG_SERVICE_ACK_REFS_MAX 256          /* records acknowledged with one call */
#define TG_SERVICE_BACKUP_SLICE_BYTES 196608 /* of a backup, in one frame */
/* What a partner has not acknowledged for longer is overdue, by precedence, unless the configuration says otherwise. */
#define TG_OVERDUE_FLASH_MS 60000
#define TG_OVERDUE_IMMEDIATE_MS 120000
#define TG_OVERDUE_PRIORITY_MS 600000
#define TG_OVERDUE_ROUTINE_MS 600000
#define TG_OVERDUE_SECONDS_MIN 10 /* `[policy] overdue_seconds_*`; a receipt takes a few seconds */
#define TG_OVERDUE_SECONDS_MAX 2592000
#define TG_OWED_SHOWN_MAX 1000 /* of one partner's, the oldest, in one answer */

/* ---- doctor: below or above these something is wrong ---- */
#define TG_DOCTOR_MEMLOCK_BYTES_MIN 1048576 /* locked memory for the keys */
#define TG_DOCTOR_FILES_MIN 1024            /* open files: every peer and every client takes several */
#define TG_DOCTOR_INODES_MIN 1000           /* free in the store's file system */
#define TG_DOCTOR_SPACE_TIMES 8             /* so many reserves free are enough */
#define TG_DOCTOR_BEHIND_MAX 100000         /* records not in a run yet */
#define TG_DOCTOR_DETAIL_BYTES 512          /* what a check says */
#define TG_QUERY_LIMIT_DEFAULT 20
#define TG_QUERY_FORMS_MAX 40 /* normal forms that a typed text may have */

/* age files. */
#define TG_AGE_HEADER_BYTES_MAX 65536 /* read at most, to find the end of a header */
#define TG_AGE_RECIPIENTS_MAX 32      /* of a file that is made */
#define TG_AGE_KEYS_BYTES_MAX 65536   /* of a file of recipients or identities */
#define TG_AGE_SCRYPT_LOG_MAX \
    20 /* cost of a passphrase, as its base-2 logarithm: 1 GiB; age itself makes 18 */

/* Work beside the node's own, in slices. */
#define TG_REWRAP_SLICE_KEYS 128 /* batch keys looked at in one turn, while the key-encryption key changes */
#define TG_TELL_WAITING_MAX \
    100000                      /* places whose readers are still to be told of a withdrawal or correction */
#define TG_TELL_SLICE_LOOKS 256 /* entries of the access log looked at for them in one turn */
#define TG_TELL_EACH_MAX 20     /* notices to one user of one walk; the rest are counted in one */

/* Backup and courier. */
#define TG_BACKUP_SOFTWARE_BYTES_MAX 63
#define TG_BACKUP_SOCKET_BYTES_MAX 255
#define TG_BACKUP_ABOUT_BYTES_MAX 4096 /* the file BACKUP */
#define TG_BACKUP_SUMS_BYTES_MAX 65536 /* the file SHA256SUMS */
#define TG_BACKUP_FILES_MAX 128        /* of one backup: every partner's card, keys, settings, log */
#define TG_FOLDER_FILES_MAX 1024       /* of any folder that is made whole or not at all */
#define TG_FOLDER_FOLDERS_MAX 128      /* in it */
#define TG_BACKUP_NAME_BYTES_MAX 255   /* of a file in it, folders included */
#define TG_COURIER_BODY_BYTES_MAX \
    196608                          /* messages of one block of a courier file; takes the longest message */
#define TG_COURIER_STORING_MAX 16   /* writes of a courier file that wait for the store side by side */
#define TG_COURIER_SLICE_MESSAGES 8 /* messages of a courier file that are looked at in one slice */
#define TG_COURIER_WHY_BYTES 128    /* why an envelope of a courier file was refused */

/* Control socket. */
#define TG_CONTROL_FRAME_BYTES_MAX 1048576
#define TG_IMPORT_BATCH_BYTES 262144 /* asked of the node at once: it is indexed in one turn of its loop */
#define TG_CONTROL_CLIENTS_MAX 64
#define TG_CONTROL_CLIENTS_USER_MAX 32 /* of them by one user of the system */
#define TG_CONTROL_FIELDS_MAX 4096
#define TG_CONTROL_PARSE_BUDGET_BYTES 8388608 /* memory for one checked frame */
#define TG_CONTROL_QUEUE_BYTES_MAX 4194304 /* answers that wait for one client; over it the service waits */
#define TG_CONTROL_STALL_MS 60000          /* a client stuck inside a frame, or reading nothing, is cut off */
#define TG_CONTROL_BACKLOG 32

/* Matching. */
#define TG_SELECTOR_TEXT_BYTES_MAX 4096 /* a selector as written */
#define TG_SELECTOR_FORM_BYTES_MAX 512  /* its normal form; longer addresses keep a head and a hash */
#define TG_COLUMN_SAMPLES_MAX 200       /* values of a column that are looked at to see what it holds */
#define TG_SCAN_WINDOW_BYTES 65536      /* of a text that is scanned, held at once */
#define TG_SCAN_REACH_BYTES 2048        /* the longest candidate in it, to either side */
#define TG_SCAN_NAME_WORDS_MAX 5        /* words of a name in running text */
#define TG_NAME_TOKENS_MAX 16           /* words of one name that are looked at */
#define TG_NAME_FOLD_BYTES_MAX 31       /* letters of one word that are looked at */
#define TG_NAME_COUNTRIES_MAX 8         /* of one indexed name */
#define TG_NAME_RESULTS_MAX 1000        /* of one name query */
#define TG_CLUSTER_MEMBERS_MAX 256     /* records that may concern one subject; what has more is no subject */
#define TG_CLUSTER_LINKS_MAX 2048      /* words about two of them */
#define TG_CLUSTER_BUDGET_BYTES 262144 /* memory to work them out */
#define TG_CLUSTER_LOOKS_MAX 4096      /* postings of one token that are looked at for them */
#define TG_CLUSTER_ROWS_MAX \
    100 /* rows of one answer to `query` that say in which cluster they stand: the first */
#define TG_CLUSTER_QUERIES_MAX 64      /* names that are asked for to find one cluster */
#define TG_WHY_NAMES_MAX 64            /* names of each of two records that are compared for `why` */
#define TG_CLUSTER_NAMES_MAX 8         /* names of one record that are compared for them */
#define TG_CLUSTER_WORK_BYTES 67108864 /* memory of one cluster with its records */
#define TG_NEAR_WORDS_MAX 16384        /* words of one text that are looked at: all of the longest one */
#define TG_NEAR_TEXTS_MAX 2097152      /* of one join */
#define TG_NEAR_POSTINGS_MAX 1024      /* texts that share one rare shingle and are looked at: the newest */
#define TG_NEAR_ALIKE_MAX 64           /* earlier ones alike that are told of one text */
#define TG_REPEAT_DAYS 3               /* two reports of one event are at most so many days apart */
#define TG_REPEAT_LOOKS_MAX 4096 /* records that are looked at for one that a report repeats: the newest */
#define TG_REPEAT_OPENS_MAX 128  /* ... and opened */
#define TG_REPEAT_SHOWN_MAX 20   /* repeats of one report that are named */
#define TG_NAME_INDEX_TOKENS_MAX 16777215 /* different words of all indexed names */
#define TG_NAME_COMPARED_MAX 20000        /* words of the index that one word of a query is compared with */
#define TG_NAME_LOOKED_MAX 400000         /* names that one query looks at */
#define TG_NAME_ALIGNED_MAX 20000         /* names that one query aligns and scores */

/* Store. */
#define TG_STORE_MAP_BYTES 17179869184ULL        /* address space an environment begins with */
#define TG_STORE_MAP_BYTES_MIN 65536             /* the smallest map that can be asked for */
#define TG_STORE_MAP_BYTES_MAX 17592186044416ULL /* 16 TiB: growth ends here */
#define TG_STORE_RESERVE_BYTES 67108864ULL       /* free disk below which no transaction begins */
#define TG_STORE_SPARE_PARTS 4                   /* what must not wait may leave one part of so many of it */
#define TG_SPACE_LOOK_US 1000000                 /* free disk is looked at so often */
#define TG_STORE_READERS_MAX 126
#define TG_STORE_PATH_BYTES_MAX 4096
#define TG_STORE_CKEY_BYTES_MAX 262144 /* wrapped batch key; 1,024 erased records need 1,025 seeds at most */
#define TG_STORE_FRONTIER_BYTES_MAX 4096
#define TG_STORE_ACCESS_BYTES_MAX 1048576
#define TG_STORE_NAMED_BYTES_MAX 64      /* a name in a table by name */
#define TG_STORE_COPY_PIPE_BYTES 1048576 /* of a copy, made and not yet taken */
#define TG_STORE_BLOB_BYTES_MAX 16777216 /* any other value */
#define TG_INDEX_TOKENS_MAX 8192         /* tokens of one record */
#define TG_INDEX_ROWS_MAX 16             /* rows of one record */
#define TG_INDEX_ROW_BYTES_MAX 262144
#define TG_INDEX_HITS_MAX 1024             /* records of one token that a batch lookup hands over */
#define TG_INDEX_DELTA_RECORDS_MAX 262144  /* then add asks for a flush */
#define TG_INDEX_DELTA_POSTINGS_MAX 262144 /* the same: one flush is some tens of ms */
#define TG_INDEX_DELTA_ROW_BYTES_MAX 268435456
#define TG_INDEX_RUNS_GOAL 8            /* what the merge works towards */
#define TG_INDEX_RUNS_MAX 32            /* at this number a flush merges first */
#define TG_INDEX_SLOTS_SPARE 12         /* with fewer free tables bulk has to wait for the merge */
#define TG_INDEX_JOBS_MAX 4             /* merges begun, the newest at work */
#define TG_INDEX_MERGE_ROWS_MAX 1048576 /* postings moved in one slice */
#define TG_MARKS_MAX 64                 /* own logs that a mark file names */

/* Command line. */
#define TG_CLI_COMMANDS_MAX 128         /* rows of the table of commands */
#define TG_CLI_VALUES_MAX 512           /* options given in one call */
#define TG_CLI_WORDS_MAX 256            /* words that are no options */
#define TG_CLI_TABLE_BYTES_MAX 67108864 /* cells of one table held for alignment */
#define TG_CLI_COLUMNS_MIN 40           /* a narrower terminal is treated as this wide */
#define TG_CLI_COLUMNS_MAX 200          /* text is not spread wider */
#define TG_CLI_PATH_BYTES_MAX 4096
#define TG_CLI_FOLLOW_ROWS_MAX 64      /* notices taken between two looks at the keyboard */
#define TG_CLI_FOLLOW_SEND_MS 5000     /* a node that does not take a request in that time is not there */
#define TG_CLI_FOLLOW_AGAIN_MIN_MS 200 /* between tries to reach a node that went away */
#define TG_CLI_FOLLOW_AGAIN_MAX_MS 5000
#define TG_CLI_CURSOR_FILE_BYTES_MAX 64
#define TG_CLI_LIVE_LINES_MAX 20    /* drawn in place; more addressees than that are told of line by line */
#define TG_CLI_INBOX_LINES 22       /* of what waits, on one screen */
#define TG_SCREEN_BATCH_ITEMS 16384 /* values and names asked of the node at once */
#define TG_SCREEN_BATCH_BYTES 524288
#define TG_SCREEN_REMEMBERED 65536 /* values that met nothing and are not asked again */
#define TG_SCREEN_KEPT_MAX 10000   /* hits held to show the best ones first; beyond, what is held is shown */
#define TG_SCREEN_KEPT_BYTES 67108864        /* the same in bytes */
#define TG_SCREEN_VALUES_COUNTED 65536       /* values whose places in a file are counted */
#define TG_CONVERTED_BYTES_MAX 4294967296ULL /* text out of one document */
#define TG_CONVERT_CPU_S 300                 /* processor time of the program that reads one */
#define TG_CONVERT_MEMORY_BYTES 2147483648ULL
#define TG_CONVERT_WAIT_MS 120000 /* the longest without a byte from it */
#define TG_CLI_SLICE_BYTES 262144 /* of a large file, read or written at once */
#define TG_EVIDENCE_BYTES_MAX 524288

/* Proofs for outsiders. */
#define TG_TILE_WIDTH 256    /* hashes of a full tile, entries of a full entry bundle */
#define TG_TILE_LEVELS_MAX 8 /* of a tree of fewer than 2^63 leaves */
#define TG_TILE_PATH_BYTES_MAX 64
#define TG_TILES_SLICE 16     /* of them in one slice of an answer */
#define TG_CARD_CHAIN_MAX 256 /* cards of one node, one behind the other */
#define TG_BUNDLE_RECORDS_MAX 200
#define TG_BUNDLE_FILES_MAX TG_FOLDER_FILES_MAX
#define TG_BUNDLE_SHEET_BYTES_MAX 1048576

#endif
