#pragma once
#include <sqlite3.h>

// Swift does not import a macro that casts to a function pointer.

static inline int csqlite_bind_text(sqlite3_stmt *statement, int index, const char *text, int length) {
  return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}
