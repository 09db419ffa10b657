# shellcheck shell=bash Sourced by interop/run: installs a large application below TOOLS, from the registry of
# its own kind, or says what is missing.

need_heavy_python() {
  need_command python3 python3 python3-venv
  cmp -s heavy/requirements.txt "$TOOLS/heavy/installed.txt" && return
  echo "installing JupyterHub and Synapse with pip"
  need_python_folder "$TOOLS/heavy"
  "$TOOLS/heavy/bin/pip" install --quiet --disable-pip-version-check --requirement heavy/requirements.txt ||
    missing "Python packages of heavy/requirements.txt: pip could not install them"
  cp heavy/requirements.txt "$TOOLS/heavy/installed.txt"
}

need_oauth2_proxy() {
  export OAUTH2_PROXY=$TOOLS/bin/oauth2-proxy
  [[ -x $OAUTH2_PROXY ]] && return
  command -v go >/dev/null || missing "go, to install oauth2-proxy"
  GOBIN=$TOOLS/bin go install github.com/oauth2-proxy/oauth2-proxy/v7@v7.15.6 || missing "oauth2-proxy: go could not install it"
}

need_jupyterhub() {
  need_heavy_python
  export JUPYTERHUB=$TOOLS/heavy/bin/jupyterhub CONFIGURABLE_HTTP_PROXY=$PWD/node_modules/.bin/configurable-http-proxy
}

need_synapse() {
  need_heavy_python
  export SYNAPSE_PYTHON=$TOOLS/heavy/bin/python
}

need_spring() {
  need_command mvn maven
  export SPRING_JAR=$TOOLS/spring/meadow.jar
  [[ $SPRING_JAR -nt heavy/spring/pom.xml && $SPRING_JAR -nt heavy/spring/src/main/java/meadow/Meadow.java ]] && return
  mvn --quiet --batch-mode --file heavy/spring/pom.xml package "-DbuildDirectory=$TOOLS/spring" ||
    missing "the Spring application: mvn could not build it"
}

need_keycloak() {
  local version=26.5.6
  need_command mvn maven
  need_command unzip unzip
  export KEYCLOAK=$TOOLS/keycloak-$version
  [[ -d $KEYCLOAK ]] && return
  mvn --quiet --batch-mode org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
    "-Dartifact=org.keycloak:keycloak-quarkus-dist:$version:zip" "-DoutputDirectory=$TOOLS" ||
    missing "Keycloak $version: mvn could not fetch it"
  unzip -q "$TOOLS/keycloak-quarkus-dist-$version.zip" -d "$TOOLS"
}
