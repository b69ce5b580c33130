#!/usr/bin/env bash
# Package:  io.modelcontextprotocol.sdk:mcp 2.1.0, with what org.springframework.boot:spring-boot-dependencies 3.5.7
#           manages (Maven Central)
# Expected: the default mapper of the SDK can be had: Spring Boot 3.5 is maintained, and Maven warns of nothing.
# Observed: the SDK's default mapper is Jackson 3, which shares the annotations of Jackson 2 and needs newer ones than
#           Spring Boot 3.5 manages. The first client or server that is built fails.
# Output:   alone: jackson-annotations 2.21: a mapper
#           with Spring Boot 3.5.7: jackson-annotations 2.19.2: java.lang.NoClassDefFoundError:
#           com/fasterxml/jackson/annotation/JsonSerializeAs
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
mkdir -p src/main/java
cat > src/main/java/Check.java <<'JAVA'
public class Check {
    public static void main(String... arguments) {
        String annotations = com.fasterxml.jackson.annotation.JsonProperty.class.getProtectionDomain()
                .getCodeSource().getLocation().getPath().replaceAll(".*jackson-annotations-(.*)\\.jar", "$1");
        String outcome;
        try {
            io.modelcontextprotocol.json.McpJsonDefaults.getMapper();
            outcome = "a mapper";
        } catch (LinkageError e) {
            outcome = e.toString();
        }
        System.out.println("jackson-annotations " + annotations + ": " + outcome);
    }
}
JAVA
run() {
    cat > pom.xml <<XML
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>check</groupId>
  <artifactId>check</artifactId>
  <version>1</version>
  <properties>
    <maven.compiler.release>17</maven.compiler.release>
    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
  </properties>
  $1
  <dependencies>
    <dependency>
      <groupId>io.modelcontextprotocol.sdk</groupId>
      <artifactId>mcp</artifactId>
      <version>2.1.0</version>
    </dependency>
  </dependencies>
</project>
XML
    rm -rf target
    mvn -q -B org.apache.maven.plugins:maven-compiler-plugin:3.16.0:compile \
        org.apache.maven.plugins:maven-dependency-plugin:3.11.0:copy-dependencies -DincludeScope=runtime > mvn.log 2>&1 \
        || { cat mvn.log; exit 1; }
    timeout 60 java -cp 'target/classes:target/dependency/*' Check 2> /dev/null
}
alone=$(run "")
beside=$(run "<dependencyManagement><dependencies><dependency><groupId>org.springframework.boot</groupId>
  <artifactId>spring-boot-dependencies</artifactId><version>3.5.7</version><type>pom</type><scope>import</scope>
  </dependency></dependencies></dependencyManagement>")
echo "alone: $alone"
echo "with Spring Boot 3.5.7: $beside"
[[ $alone == *": a mapper" && $beside == *NoClassDefFoundError* ]]
echo "still so"
