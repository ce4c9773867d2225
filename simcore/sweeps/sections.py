"""The `sweep` section: which keys take which values, and how the points are worked on."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from simcore.config import Count, Duration, InputFile, Section
from simcore.config.generated import Generator, Number

Values = Annotated[list[Any], Field(min_length=1)]


class Span(Section):
    """The range of one sampled key."""

    low: Number = Field(description="lower end")
    high: Number = Field(description="upper end")
    scale: Literal["linear", "log"] = Field("linear", description="uniform in the value, or in its logarithm")
    whole: bool = Field(False, description="whole numbers only, from low to high, both included")

    @model_validator(mode="after")
    def _upward(self) -> Span:
        if not self.low < self.high:
            raise ValueError(f"low must be less than high, not {self.low:.15g} and {self.high:.15g}")
        if self.scale == "log" and self.low <= 0:
            raise ValueError(f"a log scale needs low above 0, not {self.low:.15g}")
        if self.whole and not (isinstance(self.low, int) and isinstance(self.high, int)):
            raise ValueError("whole numbers lie between whole numbers: write low and high without a point")
        return self


class Sample(Section):
    """Points spread over a box."""

    method: Literal["sobol", "latin_hypercube", "random"] = Field("sobol", description="as in scipy.stats.qmc")
    points: Count = Field(description="how many points")
    seed: Annotated[int, Field(ge=0, lt=2**63)] = Field(0, description="of the sample, apart from run.seed")
    ranges: Annotated[dict[str, Span | tuple[Number, Number]], Field(min_length=1)] = Field(
        description="[low, high] of each key, or {low, high, scale, whole}"
    )

    @field_validator("ranges")
    @classmethod
    def _as_spans(cls, ranges: dict[str, Any]) -> dict[str, Span]:
        for key, pair in ranges.items():
            if isinstance(pair, tuple) and not pair[0] < pair[1]:
                raise ValueError(f"{key}: [low, high] must ascend, not [{pair[0]:.15g}, {pair[1]:.15g}]")
        return {
            key: Span(low=span[0], high=span[1]) if isinstance(span, tuple) else span for key, span in ranges.items()
        }


Swept = Annotated[dict[str, Values | Generator], Field(min_length=1)]


class Block(Section):
    """The product of its parts, each combination `replicas` times."""

    grid: Swept | None = Field(None, description="every value of each key with every value of the others")
    zip: Swept | None = Field(None, description="lists of one length, read side by side")
    sample: Sample | None = Field(None, description="points spread over a box")
    from_: InputFile | None = Field(None, alias="from", description="a CSV table: a header of keys, a line a point")
    replicas: Count = Field(1, description="independent realisations of each combination")
    where: str | None = Field(None, description="which combinations stay, as in size >= 32 or temperature < 2")

    @model_validator(mode="after")
    def _sweeps_something(self) -> Block:
        if not self.model_fields_set & {"grid", "zip", "sample", "from_", "replicas", "blocks"}:
            raise ValueError("is empty; it needs grid, zip, sample, from or replicas")
        return self


class Budget(Section):
    """How much time a sweep may take: it goes to the point that is furthest from its error targets."""

    cpu: Duration | None = Field(None, description="computing time of all workers, of all launches together")
    wall: Duration | None = Field(None, description="wall time of each launch")

    @model_validator(mode="after")
    def _limits(self) -> Budget:
        if self.cpu is None and self.wall is None:
            raise ValueError("is empty; it needs cpu or wall, a time such as '2 h'")
        return self


class SweepSection(Block):
    """`sweep`: one block, or the union of several under `blocks`; a list of blocks is short for the latter."""

    blocks: Annotated[list[Block], Field(min_length=1)] | None = Field(
        None, description="a union: the points of all of them, in place of grid, zip, sample, from"
    )
    workers_per_point: Literal["auto"] | Annotated[int, Field(ge=1, le=4096)] = Field(
        "auto", description="worker processes of one point; by its size where auto"
    )
    budget: Budget | None = Field(None, description="time for points that have error targets (run.until)")

    @model_validator(mode="after")
    def _block_or_blocks(self) -> SweepSection:
        own = [key for key in Block.model_fields if key in self.model_fields_set]
        if self.blocks is not None and own:
            raise ValueError(f"blocks stands alone; move '{own[0].rstrip('_')}' into one of them")
        return self
