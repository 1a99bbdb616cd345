// SPDX-License-Identifier: Apache-2.0
//
// A sample as a person reads it: folded where it is large, unfolded where something is marked, numbers as they were sent.
// What is folded is not in the document, and of a long list only the beginning, so that a megabyte does no harm.
import { useState } from "preact/hooks";

import { formatCount } from "../format/number";
import { text } from "../text/en";
import { Icon } from "../ui/Icon";
import { hasMarkBelow, type Mark, type Marks } from "./marks";
import { pathText, writtenPath, type Path } from "./path";
import { childrenOf, readJson, visibleText, type JsonNode } from "./tree";
import "./JsonView.css";

const MOST_CHILDREN = 100;
const MOST_CHARACTERS = 2000;
const MOST_PLAIN = 20_000;
const OPEN_DEPTH = 3;
const NO_MARKS: Marks = new Map();

interface JsonViewProps {
  json: string;
  marks?: Marks;
  // A click on the name of a field that holds a number, a text or a boolean.
  onPick?: (path: Path, node: JsonNode) => void;
}

export function JsonView({ json, marks = NO_MARKS, onPick }: JsonViewProps) {
  const root = readJson(json);
  if (root === undefined) {
    return (
      <div class="json" tabIndex={0} role="group" aria-label={text.raw.json.sample}>
        <p class="json-note">{text.raw.notJson}</p>
        <LongText value={json} most={MOST_PLAIN} />
      </div>
    );
  }
  return (
    <div class="json" tabIndex={0} role="group" aria-label={text.raw.json.sample}>
      <Node node={root} path={[]} marks={marks} onPick={onPick} isLast />
    </div>
  );
}

interface NodeProps {
  node: JsonNode;
  path: Path;
  marks: Marks;
  onPick?: JsonViewProps["onPick"];
  isLast: boolean;
}

function Node(props: NodeProps) {
  const { node, path, marks } = props;
  const mark = marks.get(pathText(path));
  const isGroup = (node.kind === "object" || node.kind === "array") && childrenOf(node).length > 0;
  return (
    <div class={mark ? `json-node json-${mark}` : "json-node"}>
      {isGroup ? <Group {...props} mark={mark} /> : <Leaf {...props} mark={mark} />}
    </div>
  );
}

function Leaf({ node, path, onPick, isLast, mark }: NodeProps & { mark: Mark | undefined }) {
  const isEmpty = node.kind === "object" || node.kind === "array";
  // Rules cannot write every path: a name may have a dot.
  const canPick = !isEmpty && writtenPath(path) !== undefined;
  const pick = onPick && canPick ? () => onPick(path, node) : undefined;
  return (
    <div class="json-line">
      <Name path={path} pick={pick} />
      {node.kind === "object" || node.kind === "array" ? (
        <span class="json-sign">{node.kind === "object" ? "{}" : "[]"}</span>
      ) : (
        <span class={`json-${node.kind}`}>
          <LongText value={node.text} most={MOST_CHARACTERS} />
        </span>
      )}
      {!isLast && <span class="json-sign">,</span>}
      <MarkWord mark={mark} />
    </div>
  );
}

function MarkWord({ mark }: { mark: Mark | undefined }) {
  if (mark === undefined) return null;
  return <span class="json-mark">{text.raw.json.marks[mark]}</span>;
}

function Name({ path, pick }: { path: Path; pick?: () => void }) {
  const step = path[path.length - 1];
  if (typeof step !== "string") {
    if (step === undefined || !pick) return null;
    return (
      <button
        type="button"
        class="json-index"
        title={text.raw.json.pick(pathText(path))}
        onClick={pick}
      >
        {step}
      </button>
    );
  }
  const name = visibleText(JSON.stringify(step));
  return (
    <>
      {pick ? (
        <button
          type="button"
          class="json-name"
          title={text.raw.json.pick(visibleText(pathText(path)))}
          onClick={pick}
        >
          {name}
        </button>
      ) : (
        <span class="json-name">{name}</span>
      )}
      <span class="json-sign">: </span>
    </>
  );
}

function Group({
  node,
  path,
  marks,
  onPick,
  isLast,
  mark,
}: NodeProps & { mark: Mark | undefined }) {
  const children = childrenOf(node);
  const [isOpen, setOpen] = useState(
    (path.length < OPEN_DEPTH && children.length <= 30) ||
      path.length === 0 ||
      hasMarkBelow(marks, pathText(path)),
  );
  const [most, setMost] = useState(MOST_CHILDREN);
  const [open, close] = node.kind === "object" ? ["{", "}"] : ["[", "]"];
  const step = path[path.length - 1];
  const name = step === undefined ? text.raw.json.root : visibleText(String(step));
  const count = node.kind === "object" ? text.raw.json.fields : text.raw.json.elements;
  return (
    <>
      <div class="json-line">
        <button
          type="button"
          class="json-fold"
          aria-expanded={isOpen}
          aria-label={isOpen ? text.raw.json.fold(name) : text.raw.json.unfold(name)}
          onClick={() => setOpen(!isOpen)}
        >
          <Icon name={isOpen ? "chevron" : "right"} size={14} />
        </button>
        <Name path={path} />
        <span class="json-sign">{open}</span>
        {!isOpen && (
          <>
            <span class="json-count">{count(children.length)}</span>
            <span class="json-sign">{close + (isLast ? "" : ",")}</span>
          </>
        )}
        <MarkWord mark={mark} />
      </div>
      {isOpen && (
        <>
          <div class="json-children">
            {children.slice(0, most).map((child, index) => (
              <Node
                key={index}
                node={child.node}
                path={[...path, child.step]}
                marks={marks}
                onPick={onPick}
                isLast={index === children.length - 1}
              />
            ))}
            {children.length > most && (
              <button
                type="button"
                class="json-more"
                onClick={() => setMost(most + 5 * MOST_CHILDREN)}
              >
                {text.raw.json.more(formatCount(children.length - most))}
              </button>
            )}
          </div>
          <div class="json-line json-sign">{close + (isLast ? "" : ",")}</div>
        </>
      )}
    </>
  );
}

function LongText({ value, most }: { value: string; most: number }) {
  const [isWhole, showWhole] = useState(false);
  if (isWhole || value.length <= most) return <>{visibleText(value)}</>;
  return (
    <>
      {visibleText(value.slice(0, most))}…{" "}
      <button type="button" class="json-more" onClick={() => showWhole(true)}>
        {text.raw.json.moreText(formatCount(value.length - most))}
      </button>
    </>
  );
}
