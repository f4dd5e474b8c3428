/* The program's version, as --version and the manifest give it. */
#ifndef BATCH_VERSION_H
#define BATCH_VERSION_H

#define RECOMPENSE_VERSION "0.1.0"

#endif
