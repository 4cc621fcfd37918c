import Files

/// The shells that complete: their scripts ask the program, whose tables know what there is.
enum CompletionScript: String, CaseIterable {
  case bash, zsh, fish

  var text: String {
    switch self {
    case .bash: Self.bashText
    case .zsh: Self.zshText
    case .fish: Self.fishText
    }
  }

  /// The name of the shells' function, which takes fewer characters than that of a program.
  private static var function: String {
    "_" + String(ProgramName.current.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }

  /// Also for bash 3.2, which macOS has.
  private static var bashText: String {
    #"""
    # bash completion for \#(ProgramName.current)
    \#(function)() {
      local line=${COMP_LINE:0:$COMP_POINT} candidate path typed kept
      local -a words
      read -r -a words <<< "$line"
      case $line in *[[:space:]]) words+=("") ;; esac
      typed=${words[${#words[@]}-1]}
      # Bash completes what follows `=`, `:` or `@` by itself.
      kept=${typed%"$2"}
      COMPREPLY=()
      while IFS=$'\t' read -r candidate _; do
        case $candidate in
          :files | :folders)
            compopt -o filenames 2> /dev/null
            while IFS= read -r path; do COMPREPLY+=("$path"); done < <(
              if [ "$candidate" = :files ]; then compgen -f -- "$2"; else compgen -d -- "$2"; fi)
            ;;
          *=)
            compopt -o nospace 2> /dev/null
            COMPREPLY+=("${candidate#"$kept"}")
            ;;
          *) COMPREPLY+=("${candidate#"$kept"}") ;;
        esac
      done < <("${1/#\~/$HOME}" \#(Completion.argument) "${words[@]:1}" 2> /dev/null)
    }
    complete -F \#(function) \#(ProgramName.current)

    """#
  }

  private static var zshText: String {
    #"""
    #compdef \#(ProgramName.current)
    \#(function)() {
      local line
      local -a values names
      for line in "${(@f)$("${(Q)words[1]/#\~/$HOME}" \#(Completion.argument) "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2> /dev/null)}"; do
        case $line in
          '') ;;
          :files) _files ;;
          :folders) _files -/ ;;
          *=$'\t'*) names+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
          *) values+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
        esac
      done
      (( $#names )) && _describe -V \#(ProgramName.current) names -S ''
      (( $#values )) && _describe -V \#(ProgramName.current) values
      return 0
    }
    if [ "$funcstack[1]" = "\#(function)" ]; then \#(function) "$@"; else compdef \#(function) \#(ProgramName.current); fi

    """#
  }

  private static var fishText: String {
    #"""
    # fish completion for \#(ProgramName.current)
    function _\#(function)_complete
        set -l words (commandline -opc)
        set -l typed (commandline -ct)
        for line in (eval $words[1] \#(Completion.argument) (string escape -- $words[2..-1] $typed) 2> /dev/null)
            switch $line
                case ':files'
                    __fish_complete_path $typed
                case ':folders'
                    __fish_complete_directories $typed ''
                case '*'
                    echo $line
            end
        end
    end
    complete -c \#(ProgramName.current) -f -a '(_\#(function)_complete)'

    """#
  }
}
