/// The shells for which there is a completion script; the script asks the program for the candidates.
enum CompletionScript: String, CaseIterable {
  case bash, zsh, fish

  var text: String {
    switch self {
    case .bash: Self.bashText
    case .zsh: Self.zshText
    case .fish: Self.fishText
    }
  }

  /// The script also works in bash 3.2, the version of macOS.
  private static let bashText = #"""
    # bash completion for recallbench
    _recallbench() {
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
    complete -F _recallbench recallbench

    """#

  private static let zshText = #"""
    #compdef recallbench
    _recallbench() {
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
      (( $#names )) && _describe -V recallbench names -S ''
      (( $#values )) && _describe -V recallbench values
      return 0
    }
    if [ "$funcstack[1]" = "_recallbench" ]; then _recallbench "$@"; else compdef _recallbench recallbench; fi

    """#

  private static let fishText = #"""
    # fish completion for recallbench
    function __recallbench_complete
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
    complete -c recallbench -f -a '(__recallbench_complete)'

    """#
}
