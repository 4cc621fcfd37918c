# commit.sh PACKAGE OUTPUT: writes a Swift file with the commit of the package's repository, with "-dirty" where files
# that are compiled differ from it; an empty text without git, outside a repository, and inside another repository.
set -eu
# Hooks set these for the repository that they run in.
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
commit=
if top=$(git -C "$1" rev-parse --show-toplevel 2> /dev/null) && [ "$top" -ef "$1" ] &&
  commit=$(git -C "$1" rev-parse --short HEAD 2> /dev/null); then
  # Without locks: git would write its index, which this command depends on.
  changes=$(git -C "$1" --no-optional-locks status --porcelain -- Sources Package.swift 2> /dev/null)
  if [ -n "$changes" ]; then commit=$commit-dirty; fi
else
  commit=
fi
text="enum BuiltCommit { static let text = \"$commit\" }"
# A file that stays as it is has nothing compiled again.
if [ ! -f "$2" ] || [ "$(cat "$2")" != "$text" ]; then printf '%s\n' "$text" > "$2"; fi
